"""Typing rules of which most were typed before, such as those of a file after an edit.

What a rule means follows from what it says and from what is declared beside the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from epol.compiler.resolve.loader import LoadedFile, Unit
from epol.lang import ast
from epol.lang.model import RuleInfo

_OF_NO_ACCOUNT = ast.Rule | ast.Prove | ast.Test
Declared = tuple[str | None, tuple[ast.Declaration, ...]]


@dataclass(frozen=True)
class Typed:
    """A rule, and of how many parts its condition is."""

    rule: RuleInfo
    size: int


class Retyper:
    """Remembers the rules of the last build, by file and name."""

    def __init__(self) -> None:
        self._declared: tuple[Declared, ...] = ()
        self._last: dict[tuple[str, str], tuple[ast.Rule, Typed]] = {}
        self._now: dict[tuple[str, str], tuple[ast.Rule, Typed]] = {}

    def begin(self, unit: Unit) -> None:
        """Turn to another build: what was typed holds if the same is declared."""
        declared = tuple(_beside_rules(unit))
        self._last = self._now if declared == self._declared else {}
        self._declared, self._now = declared, {}

    def known(self, file: LoadedFile, node: ast.Rule) -> Typed | None:
        """The rule as it was typed before, if it says the same.

        Its expressions are those from before, with the spans that they had there.
        """
        written, typed = self._last.get(_key(file, node), (None, None))
        if typed is None or written != node:
            return None
        return replace(typed, rule=replace(typed.rule, span=node.name.span))

    def keep(self, file: LoadedFile, node: ast.Rule, typed: Typed) -> None:
        """Keep a rule in which nothing is wrong, for the next build."""
        self._now[_key(file, node)] = node, typed


def _key(file: LoadedFile, node: ast.Rule) -> tuple[str, str]:
    return file.tree.source.name, node.name.text


def _beside_rules(unit: Unit) -> Iterator[Declared]:
    """What the meaning of rules may follow from, by file."""
    for file in unit.files:
        kept = (d for d in file.tree.declarations if not isinstance(d, _OF_NO_ACCOUNT))
        yield file.module, tuple(kept)
