"""Lets, typed in the order in which they need each other, whatever order they stand in."""

from __future__ import annotations

from collections.abc import Iterator

from epol.compiler.check.expressions import Expressions
from epol.lang import ast


def check_lets(expressions: Expressions) -> None:
    """Type every let, those that it names first."""
    scope = expressions.scope
    lets = {name: entry[1] for name, entry in scope.valued.items() if isinstance(entry[1], ast.Let)}
    done: set[str] = set()
    for first, let in lets.items():
        # Depth first without recursion.
        todo = [(first, _named(expressions, let.value))]
        entered = {first}
        while todo:
            current, needed = todo[-1]
            following = next((n for n in needed if n in lets and n not in done), None)
            if following is None:
                todo.pop()
                done.add(current)
                expressions.let(current)
            elif following in entered:
                expressions.let(following)  # a circle, which this reports
            else:
                entered.add(following)
                todo.append((following, _named(expressions, lets[following].value)))


def _named(expressions: Expressions, node: ast.Expr) -> Iterator[str]:
    """The names of what an expression refers to."""
    for part in ast.walk(node):
        if isinstance(part, ast.Reference):
            entry = expressions.scope.lookup(part.name)
            if entry is not None:
                yield entry[1].name.text
