"""Lets are typed when they are named; this types the rest, so that all are checked."""

from __future__ import annotations

from epol.compiler.check.expressions import Expressions
from epol.lang import ast


def check_lets(expressions: Expressions) -> None:
    """Type every let."""
    for _, node in expressions.scope.nodes(ast.Let):
        assert isinstance(node, ast.Let)
        entry = expressions.scope.valued.get(node.name.text)
        if entry is not None and entry[1] is node:
            expressions.let(node.name.text)
