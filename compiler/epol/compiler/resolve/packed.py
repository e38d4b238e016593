"""A syntax tree as plain data, and back.

A node is `[class, start, end, field, …]`, a tuple `[null, item, …]`; strings, numbers,
booleans and null stand for themselves.  The classes are numbered by the order in which
`epol.lang.ast` declares them, so data is good for one version of the language only.
"""

from __future__ import annotations

from dataclasses import fields
from typing import cast

from epol.lang import ast
from epol.lang.source import Source, Span

Packed = list["Packed"] | str | int | bool | None

_CLASSES: tuple[type[ast.Node], ...] = tuple(
    each for each in vars(ast).values() if isinstance(each, type) and issubclass(each, ast.Node)
)
_NUMBERS = {each: number for number, each in enumerate(_CLASSES)}
_FIELDS = {each: tuple(f.name for f in fields(each) if f.name != "span") for each in _CLASSES}


def packed(part: object) -> Packed:
    """A node, or what a field of one holds."""
    if isinstance(part, ast.Node):
        kind = type(part)
        values = [packed(getattr(part, name)) for name in _FIELDS[kind]]
        return [_NUMBERS[kind], part.span.start, part.span.end, *values]
    if isinstance(part, tuple):
        return [None, *map(packed, cast(tuple[object, ...], part))]
    assert part is None or isinstance(part, str | int), type(part)
    return part


def unpacked(value: Packed, source: Source) -> object:
    """What was packed, its spans in `source`."""
    if not isinstance(value, list):
        return value
    kind = value[0]
    if kind is None:
        return tuple([unpacked(item, source) for item in value[1:]])
    _, start, end, *rest = value
    span = Span(source, cast(int, start), cast(int, end))
    return _CLASSES[cast(int, kind)](span, *[unpacked(item, source) for item in rest])
