"""Typing expressions: what every name in one means, and that its units agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from epol.compiler.check import arithmetic
from epol.compiler.check.arithmetic import NOT_CONSTANT, TYPE_MISMATCH, a, is_constant
from epol.compiler.check.labels import expand
from epol.compiler.check.words import roles, treatment
from epol.compiler.resolve.scope import Scope
from epol.lang import ast
from epol.lang.builtins import COST_INPUTS, TARGET_COST, TARGET_NAME, TARGET_SIGNALS, Treatment
from epol.lang.diagnostics import Label, define, did_you_mean
from epol.lang.glob import GlobError, parse_glob
from epol.lang.literals import INT64_MAX, Kind, parse_number
from epol.lang.model import (
    And,
    Compare,
    Const,
    Count,
    Expr,
    Found,
    Has,
    In,
    Input,
    Like,
    Not,
    Or,
    Sends,
    TargetCost,
    TargetField,
    TargetName,
    TargetSignal,
    Value,
)
from epol.lang.parser import NESTING_TOO_DEEP
from epol.lang.semantics import parts
from epol.lang.source import Span
from epol.lang.types import (
    BOOL,
    MAX_INT,
    STRING,
    BoolType,
    EnumType,
    NumericType,
    SetType,
    StringType,
    constant_type,
)

MAX_EXPRESSION_DEPTH = 100
MAX_EXPRESSION_SIZE = 20_000

UNKNOWN_ATTRIBUTE = define(
    "unknown-attribute",
    "a name in an expression is not declared",
    "An expression reads attributes, signals, lets, params and parts of targets. Declare the "
    "name, or import the module that does (`std.edge` has the usual ones).",
    bad="rule r { when task.complexty > 0.5 deny }",
    good="rule r { when task.complexity > 0.5 deny }",
)
UNKNOWN_FIELD = define(
    "unknown-field",
    "a target has no such field or signal",
    "The standard fields are `at zone model context price url key`; every target has `name`, "
    "`cost` and the signals `up queue rtt latency errors rate_left`. Any other field must be "
    "declared with `field NAME : TYPE`.",
    bad="rule r { when not target.bba deny }",
    good="rule r { when not target.baa deny }",
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
LET_CYCLE = define(
    "let-cycle",
    "lets are defined by each other in a circle",
    "A `let` is substituted where it is named, so it cannot reach itself.",
    bad="let a = not b\nlet b = not a",
    good="let a = not b\nlet b = net.online",
)
EXPRESSION_TOO_LARGE = define(
    "expression-too-large",
    "an expression is too large once its lets are substituted",
    "Lets are substituted, so lets that name lets several times grow quickly. An expression may "
    "have 20,000 parts, and all rules together 1,000,000.",
    bad="let l0 = net.online\n"
    + "\n".join(f"let l{i} = l{i - 1} and not l{i - 1}" for i in range(1, 16)),
    good="let l0 = net.online\nlet l1 = l0 and not l0",
)
GLOB_INVALID = define(
    "glob-invalid",
    "a glob ends in the middle of an escape",
    "In a glob `*` is any run, `?` one character, and `\\` makes the next character literal.",
    bad='rule r { when caller.region like "eu\\\\" deny }',
    good='rule r { when caller.region like "eu*" deny }',
)
TARGET_NOT_ALLOWED_HERE = define(
    "target-not-allowed-here",
    "an expression speaks of `target` where no target is meant",
    "`target` is the model being decided about. A claim's `when` part and `served when` speak of "
    "the request before any target is looked at, so they can name targets (`ward.up`), not "
    "`target`.",
    bad="prove p { served when target.up }",
    good="prove p { served when ward.up }",
)


class Expressions:
    """Types expressions in one scope; lets are typed once, when first named."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._lets: dict[str, Expr | None] = {}
        self._open: list[ast.Let] = []
        # By identity, with the expression itself so that it lives as long.
        self._measured: dict[int, tuple[Expr, tuple[int, int]]] = {}

    # --- what callers want -----------------------------------------------------------

    def condition(self, node: ast.Expr) -> Expr | None:
        """A bool expression, or None, reported."""
        expr = self.expression(node)
        if expr is None or isinstance(expr.type, BoolType):
            return expr
        cure = "compare it with something" if not isinstance(expr.type, SetType) else "use `has`"
        message = f"a condition must be true or false, and this is {a(expr.type)}"
        self.scope.report(TYPE_MISMATCH, node.span, message, help=cure)
        return None

    def amount(self, node: ast.Expr) -> Expr | None:
        """A plain number (in millionths), or None, reported."""
        expr = self.expression(node)
        if expr is None:
            return None
        if isinstance(expr.type, NumericType) and expr.type.kind in arithmetic.DIMENSIONLESS:
            return arithmetic.to_number(self.scope, expr)
        message = f"a preference adds a plain number, and this is {a(expr.type)}"
        cure = "divide by a unit, as in `target.cost / $0.01` or `target.rtt / 1ms`"
        self.scope.report(TYPE_MISMATCH, node.span, message, help=cure)
        return None

    def expression(self, node: ast.Expr) -> Expr | None:
        """Any expression, within the limits of size and depth."""
        expr = self._typed(node)
        if expr is None:
            return None
        size, depth = self.measure(expr)
        if size > MAX_EXPRESSION_SIZE:
            message = f"this has more than {MAX_EXPRESSION_SIZE:,} parts with its lets substituted"
            self.scope.report(EXPRESSION_TOO_LARGE, node.span, message)
            return None
        if depth > MAX_EXPRESSION_DEPTH:
            message = f"this nests deeper than {MAX_EXPRESSION_DEPTH} levels with its lets"
            self.scope.report(NESTING_TOO_DEEP, node.span, message)
            return None
        return expr

    def measure(self, expr: Expr) -> tuple[int, int]:
        """The number of parts, lets counted where they are named, and the depth."""
        known = self._measured.get(id(expr))
        if known is None:
            inner = [self.measure(part) for part in parts(expr)]
            size = 1 + sum(size for size, _ in inner)
            known = expr, (size, 1 + max((depth for _, depth in inner), default=0))
            self._measured[id(expr)] = known
        return known[1]

    def let(self, name: str) -> Expr | None:
        """The expression of a let, typed once."""
        if name not in self._lets:
            node = self.scope.valued[name][1]
            assert isinstance(node, ast.Let)
            if node in self._open:
                self._report_circle(node)
                return None
            self._open.append(node)
            expr = self.expression(node.value)
            self._open.pop()
            self._lets[name] = expr
        return self._lets[name]

    def _report_circle(self, node: ast.Let) -> None:
        circle = self._open[self._open.index(node) :]
        labels = [Label(other.name.span, "through this") for other in circle[1:]]
        message = f"`{node.name.text}` is defined by itself"
        self.scope.report(LET_CYCLE, node.name.span, message, labels=labels)

    # --- one node --------------------------------------------------------------------

    def _typed(self, node: ast.Expr) -> Expr | None:
        method: Callable[[ast.Expr], Expr | None] = getattr(self, f"_{type(node).__name__.lower()}")
        return method(node)

    def _all(self, nodes: tuple[ast.Expr, ...]) -> tuple[Expr, ...] | None:
        typed = [self._typed(node) for node in nodes]
        known = tuple(expr for expr in typed if expr is not None)
        return known if len(known) == len(typed) else None

    def _conditions(self, nodes: tuple[ast.Expr, ...]) -> tuple[Expr, ...] | None:
        typed = [self._truth(node) for node in nodes]
        known = tuple(expr for expr in typed if expr is not None)
        return known if len(known) == len(typed) else None

    def _truth(self, node: ast.Expr) -> Expr | None:
        expr = self._typed(node)
        if expr is None or isinstance(expr.type, BoolType):
            return expr
        message = f"`and`, `or`, `not` and `if` take true or false, and this is {a(expr.type)}"
        self.scope.report(TYPE_MISMATCH, node.span, message, help="compare it with something")
        return None

    def _number(self, node: ast.Number) -> Expr:
        return number(node)

    def _bool(self, node: ast.Bool) -> Expr:
        return Const(node.span, BOOL, node.value)

    def _text(self, node: ast.Text) -> Expr:
        return Const(node.span, STRING, node.value)

    def _or(self, node: ast.Or) -> Expr | None:
        items = self._conditions(node.items)
        return None if items is None else Or(node.span, BOOL, items)

    def _and(self, node: ast.And) -> Expr | None:
        items = self._conditions(node.items)
        return None if items is None else And(node.span, BOOL, items)

    def _not(self, node: ast.Not) -> Expr | None:
        item = self._truth(node.item)
        return None if item is None else Not(node.span, BOOL, item)

    def _sum(self, node: ast.Sum) -> Expr | None:
        items = self._all((node.first, *(item for _, item in node.rest)))
        signs = [1, *(1 if op == "+" else -1 for op, _ in node.rest)]
        return None if items is None else arithmetic.add(self.scope, node.span, signs, items)

    def _product(self, node: ast.Product) -> Expr | None:
        result = self._typed(node.first)
        for op, factor in node.rest:
            right = self._typed(factor)
            if result is None or right is None:
                return None
            span = result.span.to(factor.span)
            combine = arithmetic.multiply if op == "*" else arithmetic.divide
            result = combine(self.scope, span, result, right)
        return result

    def _extreme(self, node: ast.Extreme) -> Expr | None:
        items = self._all(node.items)
        if items is None:
            return None
        return arithmetic.extreme(self.scope, node.span, node.function, items)

    def _if(self, node: ast.If) -> Expr | None:
        condition = self._truth(node.condition)
        values = self._all((node.then, node.otherwise))
        if condition is None or values is None:
            return None
        return arithmetic.choose(self.scope, node.span, condition, *values)

    def _found(self, node: ast.Found) -> Expr:
        labels, who = expand(self.scope, node.label), roles(self.scope, node.roles)
        return Found(node.span, BOOL, node.label.text, labels, who)

    def _count(self, node: ast.Count) -> Expr:
        labels, who = expand(self.scope, node.label), roles(self.scope, node.roles)
        bounds = NumericType(Kind.INT, 0, min(len(labels) * MAX_INT, INT64_MAX))
        return Count(node.span, bounds, node.label.text, labels, who)

    def _sends(self, node: ast.Sends) -> Expr:
        labels, who = expand(self.scope, node.label), roles(self.scope, node.roles)
        below = Treatment.MASK if node.below is None else treatment(self.scope, node.below)
        return Sends(node.span, BOOL, node.label.text, labels, below, who)

    def _like(self, node: ast.Like) -> Expr | None:
        item = self._typed(node.item)
        if item is None:
            return None
        if not isinstance(item.type, StringType):
            message = f"`like` takes a string, and this is {a(item.type)}"
            self.scope.report(TYPE_MISMATCH, node.item.span, message)
            return None
        try:
            parse_glob(node.glob.value)
        except GlobError as error:
            self.scope.report(GLOB_INVALID, node.glob.span, str(error))
            return None
        return Like(node.span, BOOL, item, node.glob.value)

    def _has(self, node: ast.Has) -> Expr | None:
        container = self._typed(node.container)
        if container is None:
            return None
        if not isinstance(container.type, SetType):
            message = f"`has` takes a set, and this is {a(container.type)}"
            self.scope.report(TYPE_MISMATCH, node.container.span, message)
            return None
        if not self._is_member(node.member, container.type.members):
            return None
        return Has(node.span, BOOL, container, node.member.text)

    # --- comparisons -----------------------------------------------------------------

    def _compare(self, node: ast.Compare) -> Expr | None:
        left, right = self._sides(node.left, node.right)
        if left is None or right is None:
            return None
        return self._comparison(node.span, node.op, left, right)

    def _sides(self, left: ast.Expr, right: ast.Expr) -> tuple[Expr | None, Expr | None]:
        """Both sides, where a bare name beside an enum or `target.name` is a member."""
        if self._is_value(left) or not self._is_value(right):
            first = self._typed(left)
            return first, self._beside(right, first)
        second = self._typed(right)
        return self._beside(left, second), second

    def _is_value(self, node: ast.Expr) -> bool:
        """Whether an operand has a meaning of its own (a bare unknown name has none)."""
        return not isinstance(node, ast.Reference) or self._declares_value(node.name)

    def _declares_value(self, name: str) -> bool:
        entry = self.scope.lookup(name)
        return "." in name or (entry is not None and not isinstance(entry[1], ast.Target))

    def _beside(self, node: ast.Expr, other: Expr | None) -> Expr | None:
        """An operand typed beside another one."""
        if not isinstance(node, ast.Reference) or "." in node.name or other is None:
            return self._typed(node) if other is not None or self._is_value(node) else None
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
        return self._typed(node)

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
        items = self._all((node.item, node.low, node.high))
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
        item = self._typed(node.item)
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
        items = self._all((node.item, node.container))
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
        self.scope.report(UNKNOWN_MEMBER, node.span, message, help=near or listed)

    # --- names -----------------------------------------------------------------------

    def _reference(self, node: ast.Reference) -> Expr | None:
        first, _, rest = node.name.partition(".")
        if first == "target" and rest:
            return self._target_part(node, None, rest)
        entry = self.scope.lookup(node.name)
        if entry is None:
            if rest and isinstance(self.scope.valued.get(first, (None, None))[1], ast.Target):
                return self._target_part(node, first, rest)
            self._unknown_name(node)
            return None
        name = entry[1].name.text
        match entry[1]:
            case ast.InputDecl():
                info = self.scope.inputs.get(name)
                if info is None and not self.scope.inputs_ready:
                    message = f"a constant must stand here, and `{name}` depends on the request"
                    self.scope.report(NOT_CONSTANT, node.span, message)
                return None if info is None else Input(node.span, info.type, name)
            case ast.Let():
                return self.let(name)
            case ast.Param():
                known = self.scope.params.get(name)
                return None if known is None else constant(node.span, *known)
            case ast.Target():
                message = f"`{name}` is a target, not a value"
                cure = f"compare it: `target.name == {name}`, or read a part: `{name}.up`"
                self.scope.report(TYPE_MISMATCH, node.span, message, help=cure)
                return None

    def _unknown_name(self, node: ast.Reference) -> None:
        known = [*self.scope.valued, *(f"target.{part}" for part in self._target_parts())]
        message = f"`{node.name}` is not declared"
        self.scope.unknown(UNKNOWN_ATTRIBUTE, node, message, known)

    def _target_parts(self) -> list[str]:
        return [*self.scope.field_types, *TARGET_SIGNALS, TARGET_NAME, TARGET_COST]

    def _target_part(self, node: ast.Reference, target: str | None, part: str) -> Expr | None:
        """`target.PART`, or the part of one named target."""
        if part in TARGET_SIGNALS:
            type_ = TARGET_SIGNALS[part][0]
            if target is None:
                return TargetSignal(node.span, type_, part)
            return Input(node.span, type_, f"{target}.{part}")
        if part == TARGET_NAME:
            return (
                TargetName(node.span, STRING)
                if target is None
                else constant(node.span, STRING, target)
            )
        if part == TARGET_COST:
            return self._cost(node, target)
        known = self.scope.field_types.get(part)
        if known is None:
            message = f"targets have no `{part}`"
            cure = did_you_mean(part, self._target_parts())
            if not self.scope.is_broken(part):
                self.scope.report(UNKNOWN_FIELD, node.span, message, help=cure)
            return None
        return self._field(node, target, part)

    def _field(self, node: ast.Reference, target: str | None, part: str) -> Expr:
        type_ = self.scope.field_types[part][0]
        infos = [self.scope.targets.get(target)] if target else list(self.scope.targets.values())
        values = [info.fields[part] for info in infos if info and part in info.fields]
        if isinstance(type_, NumericType) and values:
            numbers = cast(list[int], values)
            type_ = NumericType(type_.kind, min(numbers), max(numbers))
        if target is not None and values:
            return Const(node.span, type_, values[0])
        return TargetField(node.span, type_, part, target)

    def _cost(self, node: ast.Reference, target: str | None) -> Expr | None:
        inputs = [self.scope.inputs.get(name) for name in COST_INPUTS]
        if None in inputs:
            message = f"`{node.name}` needs {' and '.join(COST_INPUTS)}"
            self.scope.report(UNKNOWN_ATTRIBUTE, node.span, message, help="add `import std.edge`")
            return None
        bounds = [cast(NumericType, info.type) for info in inputs if info]
        infos = [self.scope.targets.get(target)] if target else list(self.scope.targets.values())
        low, high = INT64_MAX, 0
        for info in infos:
            if info and info.price_unit:
                prices = (info.price_in or 0, info.price_out or 0)
                ends = [
                    sum(p * end for p, end in zip(prices, values, strict=True))
                    for values in ([b.low for b in bounds], [b.high for b in bounds])
                ]
                arithmetic.fit(self.scope, node.span, Kind.MONEY, *ends)
                low = min(low, ends[0] // info.price_unit)
                high = max(high, ends[1] // info.price_unit)
        type_ = arithmetic.fit_quietly(Kind.MONEY, min(low, high), high)
        return TargetCost(node.span, type_, target)


def number(node: ast.Number) -> Const:
    """A numeric literal as a typed constant."""
    sign = -1 if node.text.startswith("-") else 1
    quantity = parse_number(node.text.lstrip("+-"))
    value = sign * quantity.value
    return Const(node.span, constant_type(quantity.kind, value), value)


def constant(span: Span, type_: object, value: Value) -> Const:
    """A constant; a number's type becomes the interval of its one value."""
    if isinstance(type_, NumericType):
        return Const(span, constant_type(type_.kind, cast(int, value)), value)
    return Const(span, cast(StringType, type_), value)


def mentions_target(expr: Expr) -> Expr | None:
    """The part of an expression that depends on which target is decided, if any."""
    own = isinstance(expr, TargetName | TargetSignal | Sends) or (
        isinstance(expr, TargetField | TargetCost) and expr.target is None
    )
    if own:
        return expr
    return next((found for part in parts(expr) if (found := mentions_target(part))), None)


def mentions_sends(expr: Expr) -> Expr | None:
    """The part of an expression that uses `sends`, if any."""
    if isinstance(expr, Sends):
        return expr
    return next((found for part in parts(expr) if (found := mentions_sends(part))), None)
