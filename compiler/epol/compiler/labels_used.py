"""Where labels are named in rules and lets."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from epol.compiler.pipeline import Compiled
from epol.compiler.resolve.loader import LoadedFile
from epol.compiler.same import Same
from epol.lang import ast


def labels_named(compiled: Compiled) -> tuple[tuple[LoadedFile, ast.Name], ...]:
    """Every label that a rule or let names, with the file it stands in."""
    return _labels_named(Same(compiled))


@lru_cache(maxsize=1)
def _labels_named(compiled: Same[Compiled]) -> tuple[tuple[LoadedFile, ast.Name], ...]:
    """More than one finding asks."""
    return tuple(_named(compiled.item))


def _named(compiled: Compiled) -> Iterator[tuple[LoadedFile, ast.Name]]:
    for file in compiled.unit.files:
        for node in file.tree.declarations:
            if isinstance(node, ast.Rule | ast.Let):
                for part in ast.walk(node):
                    if isinstance(part, ast.Found | ast.Count | ast.Sends):
                        yield file, part.label
                    elif isinstance(part, ast.Treat):
                        yield from ((file, name) for name in part.labels)
