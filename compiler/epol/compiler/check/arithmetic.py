"""Building typed arithmetic: units, constant folding, and the proof that nothing overflows.

Every function takes typed operands and gives a typed node whose type carries the
interval of its values.  An interval that can leave int64 is `number-overflow`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product as pairs
from math import gcd
from typing import cast

from epol.compiler.resolve.scope import Scope
from epol.lang.diagnostics import define
from epol.lang.literals import INT64_MAX, INT64_MIN, MILLION, Kind
from epol.lang.model import (
    Add,
    Const,
    Divide,
    Expr,
    Extreme,
    If,
    Multiply,
    Policy,
    TargetField,
    TargetName,
)
from epol.lang.request import Request
from epol.lang.semantics import Lane, parts
from epol.lang.source import Span
from epol.lang.types import EnumType, NumericType, SetType, StringType, Type

NUMBER_OVERFLOW = define(
    "number-overflow",
    "a result can leave 64 bits",
    "All arithmetic is on scaled 64-bit integers, and an analysis of the declared ranges must "
    "show that no result or intermediate value can leave them. Narrow a range (`int in 0 .. "
    "10k`) or divide earlier.",
    bad="attr a.x : int\nlet y = a.x * 4_000_000_000 * 2",
    good="attr a.x : int in 0 .. 1k\nlet y = a.x * 4_000_000_000 * 2",
)
DIVISOR_NOT_POSITIVE = define(
    "divisor-not-positive",
    "a divisor is zero or negative",
    "A divisor is a constant above zero, for every target that has a value for it.",
    bad="rule r { score request.tokens / 0 }",
    good="rule r { score request.tokens / 1k }",
)
NOT_CONSTANT = define(
    "not-constant",
    "a constant is needed, and this depends on the request",
    "Factors, divisors, bounds, defaults, caps and members are constants: literals, params, "
    "static target fields and expressions of these.",
    bad="rule r { score request.tokens * request.images }",
    good="rule r { score request.tokens * 3 }",
)
TYPE_MISMATCH = define(
    "type-mismatch",
    "an operator or place does not take a value of this type",
    "`+ -` and comparisons take equal types; an int is accepted where a number is wanted, and no "
    "other mixture of units is. `*` and `/` take a constant that gives a sensible unit. "
    "Conditions are bool.",
    bad="rule r { when net.rtt > 80 deny }",
    good="rule r { when net.rtt > 80ms deny }",
)

DIMENSIONLESS = (Kind.INT, Kind.NUMBER)


def is_constant(expr: Expr) -> bool:
    """Whether an expression is a constant for each target."""
    if isinstance(expr, Const | TargetName | TargetField):
        return True
    inner = parts(expr)
    arithmetic = isinstance(expr, Add | Multiply | Divide | Extreme)
    return arithmetic and all(is_constant(part) for part in inner)


def constant_values(scope: Scope, expr: Expr) -> list[int]:
    """The known values a constant takes over the targets; its bounds if there are none."""
    if isinstance(expr, Const):
        return [cast(int, expr.value)]
    lanes = [
        Lane(cast(Policy, None), cast(Request, None), target) for target in scope.targets.values()
    ]
    values = [value for lane in lanes if (value := lane.number(expr)) is not None]
    type_ = cast(NumericType, expr.type)
    return values if scope.targets else [type_.low, type_.high]


def numeric(scope: Scope, expr: Expr, what: str) -> NumericType | None:
    """The numeric type of an operand, or None, reported."""
    if isinstance(expr.type, NumericType):
        return expr.type
    scope.report(TYPE_MISMATCH, expr.span, f"{what} takes numbers, and this is {a(expr.type)}")
    return None


def a(type_: Type) -> str:
    """A type with its article, short enough for a sentence."""
    match type_:
        case EnumType():
            return "an enum"
        case SetType():
            return "a set"
        case StringType():
            return "a string"
        case NumericType(kind=Kind.INT):
            return "an int"
        case NumericType(kind=Kind.MONEY):
            return "money"
        case _:
            return f"a {type_}"


def fit(scope: Scope, span: Span, kind: Kind, low: int, high: int) -> NumericType:
    """The type of a result, clamped to int64 with a report where it can leave it."""
    if low < INT64_MIN or high > INT64_MAX:
        message = "this can leave 64 bits for values in the declared ranges"
        scope.report(
            NUMBER_OVERFLOW, span, message, help="narrow the ranges with `in`, or divide earlier"
        )
        low, high = max(low, INT64_MIN), min(high, INT64_MAX)
    return NumericType(kind, min(low, INT64_MAX), max(high, INT64_MIN))


def common(scope: Scope, span: Span, items: Sequence[Expr], what: str) -> tuple[Expr, ...] | None:
    """Operands on one scale: ints become numbers beside a number.  None, reported, if mixed."""
    types = [numeric(scope, item, what) for item in items]
    if None in types:
        return None
    kinds = {type_.kind for type_ in types if type_}
    if kinds == set(DIMENSIONLESS):
        return tuple(to_number(scope, item) for item in items)
    if len(kinds) > 1:
        listed = " and ".join(sorted({a(item.type) for item in items}))
        scope.report(
            TYPE_MISMATCH, span, f"{what} takes equal types, and here are {listed}",
            help="write the literal with its unit, or divide by a unit such as `1ms` or `$0.01`",
        )  # fmt: skip
        return None
    return tuple(items)


def to_number(scope: Scope, expr: Expr) -> Expr:
    """An int as a number; a number stays."""
    type_ = cast(NumericType, expr.type)
    if type_.kind != Kind.INT:
        return expr
    wider = fit(scope, expr.span, Kind.NUMBER, type_.low * MILLION, type_.high * MILLION)
    if isinstance(expr, Const):
        return Const(expr.span, wider, cast(int, expr.value) * MILLION)
    factor = Const(expr.span, NumericType(Kind.INT, MILLION, MILLION), MILLION)
    return Multiply(expr.span, wider, expr, factor, 1)


def add(scope: Scope, span: Span, signs: Sequence[int], items: Sequence[Expr]) -> Expr | None:
    """A sum of signed terms."""
    terms = common(scope, span, items, "`+` or `-`")
    if terms is None:
        return None
    types = [cast(NumericType, term.type) for term in terms]
    low = high = 0
    result = types[0]
    for sign, type_ in zip(signs, types, strict=True):
        low += sign * (type_.low if sign > 0 else type_.high)
        high += sign * (type_.high if sign > 0 else type_.low)
        result = fit(scope, span, types[0].kind, low, high)
        low, high = result.low, result.high
    if all(isinstance(term, Const) for term in terms):
        return Const(span, result, low)
    return Add(span, result, tuple(zip(signs, terms, strict=True)))


def multiply(scope: Scope, span: Span, left: Expr, right: Expr) -> Expr | None:
    """A product, one factor of which is a constant."""
    types = numeric(scope, left, "`*`"), numeric(scope, right, "`*`")
    if types[0] is None or types[1] is None:
        return None
    item, factor = (left, right) if is_constant(right) else (right, left)
    if not is_constant(factor):
        message = "one side of `*` must be a constant"
        scope.report(NOT_CONSTANT, span, message, help="products of two facts are not linear")
        return None
    kinds = [cast(NumericType, item.type).kind, cast(NumericType, factor.type).kind]
    units = [kind for kind in kinds if kind not in DIMENSIONLESS]
    if len(units) > 1:
        scope.report(
            TYPE_MISMATCH, span, f"{kinds[0]} times {kinds[1]} is no unit of the language",
            help="one side of `*` must be a plain number",
        )  # fmt: skip
        return None
    kind = units[0] if units else Kind.NUMBER if Kind.NUMBER in kinds else Kind.INT
    divisor = MILLION if Kind.NUMBER in kinds and Kind.INT not in kinds else 1
    return _scaled(
        scope, span, kind, item, factor,
        lambda value, constant: (value, constant, divisor),
        lambda type_: Multiply(span, type_, item, factor, divisor),
    )  # fmt: skip


def divide(scope: Scope, span: Span, item: Expr, by: Expr) -> Expr | None:
    """A quotient; the divisor is a constant above zero."""
    types = numeric(scope, item, "`/`"), numeric(scope, by, "`/`")
    if types[0] is None or types[1] is None:
        return None
    if not is_constant(by):
        scope.report(NOT_CONSTANT, by.span, "a divisor must be a constant")
        return None
    if any(value <= 0 for value in constant_values(scope, by)) and (
        scope.targets or isinstance(by, Const)
    ):
        scope.report(DIVISOR_NOT_POSITIVE, by.span, "a divisor must be above zero")
        return None
    kind, multiplier = _quotient(types[0].kind, types[1].kind)
    if kind is None:
        scope.report(
            TYPE_MISMATCH, span, f"{types[0].kind} divided by {types[1].kind} is no unit",
            help="divide by a plain number, or by the same unit to get a number",
        )  # fmt: skip
        return None
    return _scaled(
        scope, span, kind, item, by,
        lambda value, constant: (value, multiplier, max(constant, 1)),
        lambda type_: Divide(span, type_, item, multiplier, by),
    )  # fmt: skip


def _quotient(kind: Kind, by: Kind) -> tuple[Kind | None, int]:
    """The kind of a quotient, and what the dividend is multiplied with first."""
    if kind == by:
        return Kind.NUMBER, MILLION
    if by in DIMENSIONLESS:
        if kind == Kind.INT:
            return Kind.NUMBER, MILLION * MILLION
        return kind, 1 if by == Kind.INT else MILLION
    return None, 1


def _scaled(
    scope: Scope,
    span: Span,
    kind: Kind,
    item: Expr,
    constant: Expr,
    fraction: Callable[[int, int], tuple[int, int, int]],
    build: Callable[[NumericType], Expr],
) -> Expr:
    """A product or quotient with the interval of x · n / d over all its corners."""
    type_ = cast(NumericType, item.type)
    values = constant_values(scope, constant) or [1]
    results: list[int] = []
    for value, factor in pairs((type_.low, type_.high), values):
        x, n, d = fraction(value, factor)
        common_factor = gcd(n, d) or 1
        n, d = n // common_factor, d // common_factor
        results += [x * n // d, (d - 1) * n if d > 1 else 0]
    corners = results[::2]
    fit(scope, span, kind, min(results), max(results))
    result = fit_quietly(kind, min(corners), max(corners))
    if isinstance(item, Const) and isinstance(constant, Const):
        return Const(span, result, result.low)
    return build(result)


def fit_quietly(kind: Kind, low: int, high: int) -> NumericType:
    """A type clamped to int64, for a result whose overflow is reported already."""
    return NumericType(kind, _clamp(low), _clamp(high))


def _clamp(value: int) -> int:
    return min(max(value, INT64_MIN), INT64_MAX)


def extreme(scope: Scope, span: Span, function: str, items: Sequence[Expr]) -> Expr | None:
    """`min` or `max`."""
    terms = common(scope, span, items, f"`{function}`")
    if terms is None:
        return None
    types = [cast(NumericType, term.type) for term in terms]
    pick = min if function == "min" else max
    result = NumericType(types[0].kind, pick(t.low for t in types), pick(t.high for t in types))
    if all(isinstance(term, Const) for term in terms):
        return Const(span, result, result.low)
    return Extreme(span, result, function, terms)


def choose(scope: Scope, span: Span, condition: Expr, then: Expr, otherwise: Expr) -> Expr | None:
    """`if(C, a, b)` over numbers or bools."""
    if then.type == otherwise.type and not isinstance(then.type, NumericType):
        return If(span, then.type, condition, then, otherwise)
    terms = common(scope, span, (then, otherwise), "`if`")
    if terms is None:
        return None
    one, other = (cast(NumericType, term.type) for term in terms)
    result = NumericType(one.kind, min(one.low, other.low), max(one.high, other.high))
    return If(span, result, condition, *terms)
