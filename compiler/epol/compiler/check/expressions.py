"""Typing expressions: what every name in one means, and that its units agree."""

from __future__ import annotations

from collections.abc import Callable

from epol.compiler.check import arithmetic
from epol.compiler.check.arithmetic import TYPE_MISMATCH, a
from epol.compiler.check.comparisons import ComparisonTyping
from epol.compiler.check.labels import expand
from epol.compiler.check.words import roles, treatment
from epol.compiler.resolve.scope import Scope
from epol.lang import ast
from epol.lang.builtins import Treatment
from epol.lang.diagnostics import Label, define
from epol.lang.glob import GlobError, parse_glob
from epol.lang.literals import INT64_MAX, Kind, parse_number
from epol.lang.model import (
    And,
    Const,
    Count,
    Expr,
    Found,
    Has,
    Like,
    Not,
    Or,
    Sends,
    TargetCost,
    TargetField,
    TargetName,
    TargetSignal,
)
from epol.lang.parser import NESTING_TOO_DEEP
from epol.lang.semantics import parts, walk
from epol.lang.types import (
    BOOL,
    MAX_INT,
    STRING,
    BoolType,
    NumericType,
    SetType,
    StringType,
    constant_type,
)

MAX_EXPRESSION_DEPTH = 100
MAX_EXPRESSION_SIZE = 20_000

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
    good="prove p { chooses target.at == local when ward.up }",
)


class Expressions(ComparisonTyping):
    """Types expressions in one scope; lets are typed once, when first named."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
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
        expr = self.typed(node)
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
            if len(self._open) > MAX_EXPRESSION_DEPTH:
                message = f"lets name each other more than {MAX_EXPRESSION_DEPTH} deep here"
                self.scope.report(NESTING_TOO_DEEP, node.name.span, message)
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

    def typed(self, node: ast.Expr) -> Expr | None:
        """The typed form of one node, or None, reported."""
        method: Callable[[ast.Expr], Expr | None] = getattr(self, f"_{type(node).__name__.lower()}")
        return method(node)

    def typed_all(self, nodes: tuple[ast.Expr, ...]) -> tuple[Expr, ...] | None:
        """The typed forms of several, or None if one is wrong."""
        typed = [self.typed(node) for node in nodes]
        known = tuple(expr for expr in typed if expr is not None)
        return known if len(known) == len(typed) else None

    def _conditions(self, nodes: tuple[ast.Expr, ...]) -> tuple[Expr, ...] | None:
        typed = [self._truth(node) for node in nodes]
        known = tuple(expr for expr in typed if expr is not None)
        return known if len(known) == len(typed) else None

    def _truth(self, node: ast.Expr) -> Expr | None:
        expr = self.typed(node)
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
        items = self.typed_all((node.first, *(item for _, item in node.rest)))
        signs = [1, *(1 if op == "+" else -1 for op, _ in node.rest)]
        return None if items is None else arithmetic.add(self.scope, node.span, signs, items)

    def _product(self, node: ast.Product) -> Expr | None:
        result = self.typed(node.first)
        for op, factor in node.rest:
            right = self.typed(factor)
            if result is None or right is None:
                return None
            span = result.span.to(factor.span)
            combine = arithmetic.multiply if op == "*" else arithmetic.divide
            result = combine(self.scope, span, result, right)
        return result

    def _extreme(self, node: ast.Extreme) -> Expr | None:
        items = self.typed_all(node.items)
        if items is None:
            return None
        return arithmetic.extreme(self.scope, node.span, node.function, items)

    def _if(self, node: ast.If) -> Expr | None:
        condition = self._truth(node.condition)
        values = self.typed_all((node.then, node.otherwise))
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
        item = self.typed(node.item)
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
        container = self.typed(node.container)
        if container is None:
            return None
        if not isinstance(container.type, SetType):
            message = f"`has` takes a set, and this is {a(container.type)}"
            self.scope.report(TYPE_MISMATCH, node.container.span, message)
            return None
        if not self._is_member(node.member, container.type.members):
            return None
        return Has(node.span, BOOL, container, node.member.text)


def number(node: ast.Number) -> Const:
    """A numeric literal as a typed constant."""
    sign = -1 if node.text.startswith("-") else 1
    quantity = parse_number(node.text.lstrip("+-"))
    value = sign * quantity.value
    return Const(node.span, constant_type(quantity.kind, value), value)


def mentions_target(expr: Expr) -> Expr | None:
    """The part of an expression that depends on which target is decided, if any."""
    return next((part for part in walk(expr) if _is_of_target(part)), None)


def _is_of_target(expr: Expr) -> bool:
    if isinstance(expr, TargetField | TargetCost):
        return expr.target is None
    return isinstance(expr, TargetName | TargetSignal | Sends)


def mentions_sends(expr: Expr) -> Expr | None:
    """The part of an expression that uses `sends`, if any."""
    return next((part for part in walk(expr) if isinstance(part, Sends)), None)
