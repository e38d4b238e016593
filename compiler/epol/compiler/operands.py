"""An expression with another operand: what `parts` takes apart, put together again."""

from __future__ import annotations

from dataclasses import replace

from epol.lang.model import (
    Add,
    And,
    Compare,
    Divide,
    Expr,
    Extreme,
    Has,
    If,
    In,
    Like,
    Multiply,
    Not,
    Or,
)


def with_part(expr: Expr, index: int, part: Expr) -> Expr:
    """An expression with another operand in the place of one of its `parts`."""
    match expr:
        case And(items=items) | Or(items=items) | Extreme(items=items):
            return replace(expr, items=(*items[:index], part, *items[index + 1 :]))
        case Not() | Like():
            return replace(expr, item=part)
        case Has():
            return replace(expr, container=part)
        case Compare():
            return replace(expr, left=part) if index == 0 else replace(expr, right=part)
        case In(members=members):
            if index == 0:
                return replace(expr, item=part)
            return replace(expr, members=(*members[: index - 1], part, *members[index:]))
        case Add(terms=terms):
            changed = (terms[index][0], part)
            return replace(expr, terms=(*terms[:index], changed, *terms[index + 1 :]))
        case Multiply():
            return replace(expr, item=part) if index == 0 else replace(expr, factor=part)
        case Divide():
            return replace(expr, item=part) if index == 0 else replace(expr, divisor=part)
        case If():
            operands = [expr.condition, expr.then, expr.otherwise]
            operands[index] = part
            return If(expr.span, expr.type, *operands)
        case _:
            raise ValueError(f"{type(expr).__name__} has no parts")
