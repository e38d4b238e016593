"""Small changes to an expression, each alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from epol.compiler.coverage import is_range
from epol.compiler.operands import with_part
from epol.lang.builtins import Treatment
from epol.lang.literals import DURATION_UNITS, MILLION, SIZE_UNITS, Kind, Quantity, format_quantity
from epol.lang.model import And, Compare, Const, Divide, Expr, Or, Sends
from epol.lang.semantics import parts
from epol.lang.source import Span
from epol.lang.types import NumericType, constant_type

_FLIPPED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}


@dataclass(frozen=True)
class Change:
    """A changed expression: where, and what in words (with `80ms` as `81ms`)."""

    expr: Expr
    span: Span
    what: str


def changes(expr: Expr) -> Iterator[Change]:
    """Every small change to an expression or a part of it."""
    yield from _here(expr)
    for index, part in enumerate(parts(expr)):
        if not (isinstance(expr, Divide) and index == 1):  # a divisor stays above zero
            for change in changes(part):
                yield replace(change, expr=with_part(expr, index, change.expr))


def _here(expr: Expr) -> Iterator[Change]:
    match expr:
        case And() | Or() if not is_range(expr):
            yield from _of_connective(expr)
        case Compare(op=op, left=left, right=right):
            after = replace(expr, op=_FLIPPED[op])
            shown = f"{_text(left)} {_FLIPPED[op]} {_text(right)}"
            yield Change(after, expr.span, f"with `{_text(left)} {op} {_text(right)}` as `{shown}`")
        case Const(value=value, type=NumericType(kind=kind)) if isinstance(value, int):
            yield from _shifted(expr, kind, value)
        case Sends(below=below) if below > Treatment.MASK:
            lower = Treatment(below - 1)
            yield Change(
                replace(expr, below=lower), expr.span, f"with `below {below}` as `below {lower}`"
            )
        case _:
            pass


def _of_connective(expr: And | Or) -> Iterator[Change]:
    """Without each of its items, and with the other word."""
    for index, item in enumerate(expr.items):
        rest = expr.items[:index] + expr.items[index + 1 :]
        left = rest[0] if len(rest) == 1 else replace(expr, items=rest)
        yield Change(left, item.span, f"without `{_text(item)}`")
    words = ("and", "or") if isinstance(expr, And) else ("or", "and")
    other = Or if isinstance(expr, And) else And
    swapped = other(expr.span, expr.type, expr.items)
    yield Change(swapped, expr.span, f"with `{words[0]}` as `{words[1]}`")


def _shifted(expr: Const, kind: Kind, value: int) -> Iterator[Change]:
    """One unit more, and one less."""
    for after in (value + unit_of(kind, value), value - unit_of(kind, value)):
        shown = [format_quantity(Quantity(kind, each)) for each in (value, after)]
        changed = replace(expr, value=after, type=constant_type(kind, after))
        yield Change(changed, expr.span, f"with `{shown[0]}` as `{shown[1]}`")


def unit_of(kind: Kind, value: int) -> int:
    """What counts as one unit of a number: 1ms of 80ms, 0.1 of 0.7, a cent of $0.05."""
    match kind:
        case Kind.INT:
            return 1
        case Kind.DURATION:
            return max(size for size in DURATION_UNITS.values() if value % size == 0 or size == 1)
        case Kind.SIZE:
            sizes: list[int] = [size for unit, size in SIZE_UNITS.items() if "i" in unit]
            return max(size for size in (1, *sizes) if value % size == 0)
        case _:
            return next(step for step in (MILLION, *_DECIMALS) if value % step == 0)


_DECIMALS = (100_000, 10_000, 1_000, 100, 10, 1)


def _text(expr: Expr) -> str:
    """The source of an expression in one line."""
    return " ".join(expr.span.text.split())
