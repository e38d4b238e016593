"""Where labels are named in rules and lets."""

from __future__ import annotations

from collections.abc import Iterator

from epol.compiler.pipeline import Compiled
from epol.compiler.resolve.loader import LoadedFile
from epol.lang import ast


def labels_named(compiled: Compiled) -> Iterator[tuple[LoadedFile, ast.Name]]:
    """Every label that a rule or let names, with the file it stands in."""
    for file in compiled.unit.files:
        for node in file.tree.declarations:
            if isinstance(node, ast.Rule | ast.Let):
                for part in ast.walk(node):
                    if isinstance(part, ast.Found | ast.Count | ast.Sends):
                        yield file, part.label
                    elif isinstance(part, ast.Treat):
                        yield from ((file, name) for name in part.labels)
