"""Typing comparisons, where a bare name beside an enum or set is a member of it."""

from __future__ import annotations

from abc import abstractmethod

from epol.compiler.check import arithmetic
from epol.compiler.check.arithmetic import NOT_CONSTANT, TYPE_MISMATCH, a, is_constant
from epol.compiler.check.references import ReferenceTyping
from epol.lang import ast
from epol.lang.diagnostics import correction, define, did_you_mean
from epol.lang.model import (
    And,
    Compare,
    Const,
    Expr,
    In,
    TargetName,
)
from epol.lang.source import Span
from epol.lang.types import (
    BOOL,
    STRING,
    EnumType,
    NumericType,
    SetType,
    StringType,
)

UNKNOWN_MEMBER = define(
    "unknown-member",
    "a word is not a member of the enum or set beside it",
    "Beside an enum or a set a bare name is a member of it.",
    bad="rule r { when target.at == clout deny }",
    good="rule r { when target.at == cloud deny }",
)
UNKNOWN_TARGET = define(
    "unknown-target",
    "no target has that name",
    "Targets are declared in the policy file with `target NAME { … }`.",
    bad="rule r { when target.name == wart deny }",
    good="rule r { when target.name == ward deny }",
)


class ComparisonTyping(ReferenceTyping):
    """Types comparisons in one scope."""

    @abstractmethod
    def typed(self, node: ast.Expr) -> Expr | None:
        """Any expression, or None, reported."""

    @abstractmethod
    def typed_all(self, nodes: tuple[ast.Expr, ...]) -> tuple[Expr, ...] | None:
        """Several expressions, or None if one of them is wrong."""

    def _compare(self, node: ast.Compare) -> Expr | None:
        left, right = self._sides(node.left, node.right)
        if left is None or right is None:
            return None
        return self._comparison(node.span, node.op, left, right)

    def _sides(self, left: ast.Expr, right: ast.Expr) -> tuple[Expr | None, Expr | None]:
        """Both sides, where a bare name beside an enum or `target.name` is a member."""
        if self._reads_first(left, right):
            first = self.typed(left)
            return first, self._beside(right, first)
        second = self.typed(right)
        return self._beside(left, second), second

    def _reads_first(self, left: ast.Expr, right: ast.Expr) -> bool:
        """Whether the left side says what the right one means, and not the other way round."""
        if _is_bare(left) != _is_bare(right):
            return _is_bare(right)
        if self._is_value(left) and self._is_value(right) and isinstance(left, ast.Reference):
            other = self.typed(right)
            is_member = other is not None and left.name in members_of(other)
            return not is_member or not _is_bare(left)
        return self._is_value(left) or not self._is_value(right)

    def _is_value(self, node: ast.Expr) -> bool:
        """Whether an operand has a meaning of its own (a bare unknown name has none)."""
        return not isinstance(node, ast.Reference) or self._declares_value(node.name)

    def _declares_value(self, name: str) -> bool:
        entry = self.scope.lookup(name)
        return "." in name or (entry is not None and not isinstance(entry[1], ast.Target))

    def _beside(self, node: ast.Expr, other: Expr | None) -> Expr | None:
        """An operand typed beside another one."""
        if not isinstance(node, ast.Reference) or not _is_bare(node) or other is None:
            return self.typed(node) if other is not None or self._is_value(node) else None
        if isinstance(other.type, EnumType | SetType):
            if node.name in other.type.members:
                return Const(node.span, EnumType(other.type.members), node.name)
            if not self._declares_value(node.name):
                self._unknown_member(node, node.name, other.type.members)
                return None
        names_target = node.name in self.scope.targets or isinstance(other, TargetName)
        is_bare = not self._declares_value(node.name)
        if isinstance(other.type, StringType) and is_bare and names_target:
            return self._target_name(node)
        return self.typed(node)

    def _target_name(self, node: ast.Reference) -> Expr | None:
        if node.name in self.scope.targets:
            return Const(node.span, STRING, node.name)
        message = f"`{node.name}` is not a target"
        self.scope.unknown(UNKNOWN_TARGET, node, message, self.scope.targets)
        return None

    def _comparison(self, span: Span, op: str, left: Expr, right: Expr) -> Expr | None:
        if isinstance(left.type, NumericType) and isinstance(right.type, NumericType):
            sides = arithmetic.common(self.scope, span, (left, right), f"`{op}`")
            return None if sides is None else Compare(span, BOOL, op, *sides)
        if left.type != right.type:
            self._mismatch(span, op, left, right)
            return None
        if op not in ("==", "!="):
            message = f"`{op}` orders numbers, and these are of type {left.type}"
            self.scope.report(TYPE_MISMATCH, span, message, help="use `==`, `!=` or `in`")
            return None
        if isinstance(left.type, StringType) and not (is_constant(left) or is_constant(right)):
            message = "a string compares with constants, and both sides depend on the request"
            self.scope.report(TYPE_MISMATCH, span, message)
            return None
        return Compare(span, BOOL, op, left, right)

    def _mismatch(self, span: Span, op: str, left: Expr, right: Expr) -> None:
        message = f"`{op}` takes equal types, and here are {a(left.type)} and {a(right.type)}"
        both = (left.type, right.type)
        if all(isinstance(type_, EnumType) for type_ in both):
            message = "two enums compare only when their member lists are equal"
        cure = None
        if any(isinstance(t, EnumType) for t in both) and any(
            isinstance(t, StringType) for t in both
        ):
            cure = "members are written without quotes"
        elif any(isinstance(t, SetType) for t in both):
            cure = "ask for a member with `has`"
        self.scope.report(TYPE_MISMATCH, span, message, help=cure)

    def _inrange(self, node: ast.InRange) -> Expr | None:
        items = self.typed_all((node.item, node.low, node.high))
        if items is None:
            return None
        sides = arithmetic.common(self.scope, node.span, items, "`in … .. …`")
        if sides is None:
            return None
        item, low, high = sides
        return And(
            node.span,
            BOOL,
            (Compare(node.span, BOOL, ">=", item, low), Compare(node.span, BOOL, "<=", item, high)),
        )

    def _inmembers(self, node: ast.InMembers) -> Expr | None:
        item = self.typed(node.item)
        if item is None:
            return None
        members = [self._member(item, member) for member in node.members.items]
        if any(member is None for member in members):
            return None
        known = [member for member in members if member is not None]
        if isinstance(item.type, NumericType):
            sides = arithmetic.common(self.scope, node.span, (item, *known), "`in`")
            return None if sides is None else In(node.span, BOOL, sides[0], sides[1:])
        return In(node.span, BOOL, item, tuple(known))

    def _member(self, item: Expr, node: ast.Expr) -> Expr | None:
        """One alternative of `in { … }`: a constant of the item's type."""
        member = self._beside(node, item)
        if member is None:
            return None
        if not is_constant(member):
            self.scope.report(NOT_CONSTANT, node.span, "the members of `in` are constants")
            return None
        if isinstance(item.type, SetType):
            self.scope.report(TYPE_MISMATCH, item.span, "ask a set for a member with `has`")
            return None
        if not isinstance(item.type, NumericType) and member.type != item.type:
            self._mismatch(node.span, "in", item, member)
            return None
        return member

    def _inset(self, node: ast.InSet) -> Expr | None:
        items = self.typed_all((node.item, node.container))
        if items is None:
            return None
        item, container = items
        if not isinstance(container, Const) or not isinstance(container.value, frozenset):
            message = "`in` takes a list in braces, a range or a set param"
            self.scope.report(TYPE_MISMATCH, node.container.span, message)
            return None
        if not isinstance(item.type, EnumType | StringType):
            message = f"only an enum or a string can be in a set, and this is {a(item.type)}"
            self.scope.report(TYPE_MISMATCH, node.item.span, message)
            return None
        members = [Const(node.container.span, item.type, name) for name in sorted(container.value)]
        return In(node.span, BOOL, item, tuple(members))

    def _is_member(self, name: ast.Name, members: tuple[str, ...]) -> bool:
        if name.text in members:
            return True
        self._unknown_member(name, name.text, members)
        return False

    def _unknown_member(
        self, node: ast.Name | ast.Reference, word: str, members: tuple[str, ...]
    ) -> None:
        near = did_you_mean(word, members)
        listed = f"its members are {', '.join(members)}"
        message = f"`{word}` is not a member of the type beside it"
        fix = correction(node.span, word, members)
        self.scope.report(UNKNOWN_MEMBER, node.span, message, help=near or listed, fix=fix)


def _is_bare(node: ast.Expr) -> bool:
    """A name without a dot, which may be a member."""
    return isinstance(node, ast.Reference) and "." not in node.name


def members_of(expr: Expr) -> tuple[str, ...]:
    """The members of an enum or set; none of anything else."""
    return expr.type.members if isinstance(expr.type, EnumType | SetType) else ()
