"""A decision program with one thing in it changed: every constant, literal, name and list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar, cast

import msgspec

from epol.engine.bundle.program import Program

_T = TypeVar("_T")


def damaged(program: Program) -> Iterator[tuple[str, Program]]:
    """Every program that differs in one place, with where and how."""
    yield from _changes(program, "program")


def _changes(value: _T, where: str) -> Iterator[tuple[str, _T]]:
    for how, changed in _others(value):
        yield f"{where}: {how}", cast(_T, changed)
    if isinstance(value, msgspec.Struct):
        for field in msgspec.structs.fields(value):
            for how, changed in _changes(getattr(value, field.name), f"{where}.{field.name}"):
                yield how, cast(_T, msgspec.structs.replace(value, **{field.name: changed}))
    elif isinstance(value, tuple):
        items = cast(tuple[object, ...], value)
        for i, item in enumerate(items):
            for how, changed in _changes(item, f"{where}[{i}]"):
                yield how, cast(_T, (*items[:i], changed, *items[i + 1 :]))


def _others(value: object) -> Iterator[tuple[str, object]]:
    match value:
        case bool():
            yield "turned", not value
        case int():
            yield "negated", value ^ 1
            yield "two more", value + 2
            yield "its opposite", -value
        case str():
            yield "another word", value + "x"
        case None:
            yield "zero", 0
        case tuple():
            items = cast(tuple[object, ...], value)
            for i in range(len(items)):
                yield f"without {i}", items[:i] + items[i + 1 :]
            if len(items) > 1:
                yield "first two swapped", (items[1], items[0], *items[2:])
        case _:
            pass
