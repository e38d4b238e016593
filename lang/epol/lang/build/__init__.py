"""Lark's tree to the frozen syntax tree of `ast`."""

from __future__ import annotations

from collections.abc import Iterable

from lark import Token, Tree

from epol.lang import ast
from epol.lang.build.base import DUPLICATE_ITEM, MAX_DEPTH, TooDeepError
from epol.lang.build.declarations import DETAIL_MISPLACED
from epol.lang.build.rules import RuleBuilder
from epol.lang.diagnostics import Definition
from epol.lang.source import Source

__all__ = ["DETAIL_MISPLACED", "DUPLICATE_ITEM", "MAX_DEPTH", "Builder"]


class Builder(RuleBuilder):
    """Builds declarations; what is wrong inside one is added to `diagnostics`."""

    def __init__(self, source: Source, too_deep: Definition) -> None:
        super().__init__(source)
        self.declarations: list[ast.Declaration] = []
        self._too_deep = too_deep

    def add(self, trees: Iterable[Tree[Token]]) -> None:
        """Build declarations from their trees, leaving out those nested too deep."""
        for tree in trees:
            self._depth = 0
            try:
                self.declarations.append(self._build(tree))
            except TooDeepError as error:
                message = f"this expression nests deeper than {MAX_DEPTH} levels"
                self.diagnostics.append(self._too_deep.at(error.span, message))
