"""Where labels are named in rules and lets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, cast

from epol.compiler.pipeline import Compiled
from epol.compiler.resolve.loader import LoadedFile
from epol.lang import ast


def labels_named(compiled: Compiled) -> Iterator[tuple[LoadedFile, ast.Name]]:
    """Every label that a rule or let names, with the file it stands in."""
    for file in compiled.unit.files:
        for node in file.tree.declarations:
            if isinstance(node, ast.Rule | ast.Let):
                for name in _labels(node):
                    yield file, name


def _labels(node: object) -> Iterator[ast.Name]:
    if isinstance(node, ast.Found | ast.Count | ast.Sends):
        yield node.label
    elif isinstance(node, ast.Treat):
        yield from node.labels
    elif isinstance(node, tuple):
        for part in cast(tuple[Any, ...], node):
            yield from _labels(part)
    elif is_dataclass(node):
        for part in fields(node):
            if part.name != "span":
                yield from _labels(getattr(node, part.name))
