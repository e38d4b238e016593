"""Types as written, and constants of them: defaults, bounds, params, fields, caps."""

from __future__ import annotations

from typing import cast

from epol.compiler.check.arithmetic import NOT_CONSTANT, TYPE_MISMATCH, a, to_number
from epol.compiler.check.comparisons import UNKNOWN_MEMBER
from epol.compiler.check.expressions import Expressions
from epol.lang import ast
from epol.lang.diagnostics import Label, correction, define, did_you_mean
from epol.lang.literals import MILLION, Kind, Quantity, format_quantity
from epol.lang.model import Const, Value
from epol.lang.source import Span
from epol.lang.types import (
    PLAIN_TYPES,
    BoolType,
    EnumType,
    NumericType,
    SetType,
    StringType,
    Type,
)

UNKNOWN_TYPE = define(
    "unknown-type",
    "a type does not exist",
    "The types are `bool int number ratio duration money size string`, `enum { … }` and "
    "`set { … }`; numeric ones may carry bounds: `int in 0 .. 23`.",
    bad="attr caller.age : integer",
    good="attr caller.age : int",
)
DUPLICATE_MEMBER = define(
    "duplicate-member",
    "an enum or set is empty or too large, or names a member twice",
    "An enum or set has at least one member and at most 256, and each once.",
    bad="attr caller.team : enum { er, icu, er }",
    good="attr caller.team : enum { er, icu }",
)
RANGE_EMPTY = define(
    "range-empty",
    "a type's bounds leave no value, or it cannot have bounds",
    "Bounds are written low first, `int in 0 .. 23`, and only numeric types have them.",
    bad="attr time.slot : int in 23 .. 0",
    good="attr time.slot : int in 0 .. 23",
)
VALUE_OUT_OF_RANGE = define(
    "value-out-of-range",
    "a value is outside the range of its type",
    "Every numeric type has bounds, written or standard (language reference, Types). Defaults, "
    "params, fields, caps and the values a test sets must lie within them.",
    bad="attr time.slot : int in 0 .. 23 default 24",
    good="attr time.slot : int in 0 .. 23 default 12",
)


MAX_MEMBERS = 256


def read_type(expressions: Expressions, node: ast.TypeExpr) -> Type | None:
    """The type that is written, or None, reported."""
    scope = expressions.scope
    if isinstance(node, ast.MemberType):
        return _member_type(expressions, node)
    plain = PLAIN_TYPES.get(node.name.text)
    if plain is None:
        message = f"`{node.name.text}` is not a type"
        near = did_you_mean(node.name.text, PLAIN_TYPES)
        listed = near or f"the types are {', '.join(PLAIN_TYPES)}"
        fix = correction(node.name.span, node.name.text, PLAIN_TYPES)
        scope.report(UNKNOWN_TYPE, node.name.span, message, help=listed, fix=fix)
        return None
    if node.low is None or node.high is None:
        return plain
    if not isinstance(plain, NumericType):
        scope.report(RANGE_EMPTY, node.span, f"a {plain} has no bounds")
        return None
    low, high = (_bound(expressions, bound, plain) for bound in (node.low, node.high))
    if low is None or high is None:
        return None
    if low > high:
        scope.report(RANGE_EMPTY, node.span, "these bounds leave no value")
        return None
    return NumericType(plain.kind, low, high)


def _member_type(expressions: Expressions, node: ast.MemberType) -> Type | None:
    names = [member.text for member in node.members]
    scope = expressions.scope
    if not names:
        message = f"this {node.kind} has no members, and it needs at least one"
        scope.report(DUPLICATE_MEMBER, node.span, message)
        return None
    if len(names) > MAX_MEMBERS:
        message = f"this {node.kind} has more than {MAX_MEMBERS} members"
        scope.report(DUPLICATE_MEMBER, node.members[MAX_MEMBERS].span, message)
        return None
    for i, member in enumerate(node.members):
        if member.text in names[:i]:
            first = Label(node.members[names.index(member.text)].span, "first here")
            message = f"`{member.text}` is a member already"
            scope.report(DUPLICATE_MEMBER, member.span, message, labels=[first])
            return None
    return EnumType(tuple(names)) if node.kind == "enum" else SetType(tuple(names))


def _bound(expressions: Expressions, node: ast.Expr, plain: NumericType) -> int | None:
    """A bound: any constant of the type's kind."""
    wide = NumericType(plain.kind, -(2**63), 2**63 - 1)
    value = read_constant(expressions, node, wide)
    return cast(int, value) if value is not None else None


def read_constant(expressions: Expressions, node: ast.Const, type_: Type) -> Value | None:
    """A constant of a type, or None, reported."""
    if isinstance(node, ast.Braces):
        return _braces(expressions, node, type_)
    if isinstance(type_, EnumType | SetType) and isinstance(node, ast.Reference):
        member = _enum_member(expressions, node, type_)
        if member is not None or "." not in node.name:
            return member
    expr = expressions.expression(node)
    if expr is None:
        return None
    if not isinstance(expr, Const):
        expressions.scope.report(NOT_CONSTANT, node.span, "a constant must stand here")
        return None
    return _fitting(expressions, node.span, expr, type_)


def _fitting(expressions: Expressions, span: Span, expr: Const, type_: Type) -> Value | None:
    """The value of a constant, if its type and range are right."""
    scope = expressions.scope
    if isinstance(type_, NumericType) and isinstance(expr.type, NumericType):
        if type_.kind == Kind.NUMBER:
            expr = cast(Const, to_number(scope, expr))
        kind = cast(NumericType, expr.type).kind
        if kind == type_.kind:
            return _in_range(expressions, span, cast(int, expr.value), type_)
        if (type_.kind, kind) == (Kind.INT, Kind.NUMBER):
            whole, part = divmod(cast(int, expr.value), MILLION)
            if part == 0:
                return _in_range(expressions, span, whole, type_)
    elif expr.type == type_ and not isinstance(type_, NumericType):
        return expr.value
    message = f"{a(type_)} is wanted here, and this is {a(expr.type)}"
    scope.report(TYPE_MISMATCH, span, message, help=_example(type_))
    return None


def _example(type_: Type) -> str | None:
    examples = {
        Kind.DURATION: "`80ms`",
        Kind.MONEY: "`$0.01`",
        Kind.SIZE: "`512MiB`",
        Kind.NUMBER: "`0.35`",
        Kind.INT: "`8k`",
    }
    match type_:
        case NumericType(kind=kind):
            return f"write it as {examples[kind]}"
        case EnumType(members) | SetType(members):
            return f"its members are {', '.join(members)}"
        case StringType():
            return "strings are written in quotes"
        case BoolType():
            return "write `true` or `false`"


def _in_range(expressions: Expressions, span: Span, value: int, type_: NumericType) -> int | None:
    if type_.low <= value <= type_.high:
        return value
    shown = format_quantity(Quantity(type_.kind, value))
    message = f"{shown} is outside {type_.range_text()}"
    expressions.scope.report(VALUE_OUT_OF_RANGE, span, message)
    return None


def _enum_member(
    expressions: Expressions, node: ast.Reference, type_: EnumType | SetType
) -> Value | None:
    """A bare member of an enum; a param of the type by its name."""
    scope = expressions.scope
    if node.name in type_.members and isinstance(type_, EnumType):
        return node.name
    param = scope.params.get(node.name)
    if param is not None and param[0] == type_:
        return param[1]
    if "." in node.name:
        return None
    message = f"`{node.name}` is not a member of {a(type_)} that is wanted here"
    if isinstance(type_, SetType):
        message = "a set is written in braces"
    near = did_you_mean(node.name, type_.members)
    listed = near or f"its members are {', '.join(type_.members)}"
    fix = None if isinstance(type_, SetType) else correction(node.span, node.name, type_.members)
    scope.report(UNKNOWN_MEMBER, node.span, message, help=listed, fix=fix)
    return None


def _braces(expressions: Expressions, node: ast.Braces, type_: Type) -> Value | None:
    scope = expressions.scope
    if not isinstance(type_, SetType):
        message = f"{a(type_)} is wanted here, and braces make a set"
        scope.report(TYPE_MISMATCH, node.span, message, help=_example(type_))
        return None
    members: set[str] = set()
    for item in node.items:
        if not isinstance(item, ast.Reference) or item.name not in type_.members:
            text = item.span.text[:40]
            near = did_you_mean(text, type_.members)
            listed = near or f"its members are {', '.join(type_.members)}"
            fix = correction(item.span, item.span.text, type_.members)
            message = f"`{text}` is not a member"
            scope.report(UNKNOWN_MEMBER, item.span, message, help=listed, fix=fix)
            return None
        members.add(item.name)
    return frozenset(members)
