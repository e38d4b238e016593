"""Attributes and signals of a request as features of a decision program."""

from __future__ import annotations

import difflib
import re
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

from epol.engine.bundle.program import (
    BoolInput,
    EnumInput,
    HasMember,
    Input,
    LikeGlob,
    NumberInput,
    OfInput,
    Program,
    SetInput,
    StringInput,
)
from epol.engine.errors import RequestError
from epol.engine.reading.globs import Glob
from epol.engine.reading.numbers import reader

Write = Callable[[object, "array[int]", bytearray], None]
"""Judges a value and writes its features.  Raises `RequestError`."""

_NAME = re.compile(r"[a-z][a-z0-9_.]{0,79}\Z")
_EXAMPLES = {
    "int": "a whole number (900)",
    "number": "a number (0.35)",
    "duration": 'a duration in a string ("80ms")',
    "money": 'an amount in a string ("$4.50")',
    "size": 'a size in a string ("512MiB")',
}


@dataclass
class Slots:
    """Where the features of one input stand."""

    value: list[int] = field(default_factory=list[int])
    members: dict[str, int] = field(default_factory=dict[str, int])
    globs: list[tuple[Glob, int]] = field(default_factory=list[tuple[Glob, int]])

    def all(self) -> list[int]:
        """Every place."""
        return [*self.value, *self.members.values(), *(slot for _, slot in self.globs)]


class InputReader:
    """Reads the attributes and signals that a program declares."""

    def __init__(self, program: Program) -> None:
        slots = _slots(program)
        places = {text: place for place, text in enumerate(program.strings)}
        self._write: dict[str, Write] = {}
        self.names = tuple(info.name for info in program.inputs)
        self.numbers = array("q", bytes(8 * len(program.features)))
        self.known = bytearray(len(program.features))
        for info, own in zip(program.inputs, slots, strict=True):
            write = _writer(info, own, places)
            self._write[info.name] = write
            if info.fallback is not None:
                write(_raw(info), self.numbers, self.known)
        self._slots = {i.name: s.all() for i, s in zip(program.inputs, slots, strict=True)}

    def read(
        self,
        given: Mapping[str, object],
        numbers: array[int],
        known: bytearray,
        *,
        strict: bool = True,
    ) -> None:
        """Write the features of what is given.  Raises `RequestError`.

        Names that the policy does not declare are errors, or ignored if not `strict`.
        """
        for name, raw in given.items():
            write = self._write.get(name)
            if write is None:
                if strict:
                    raise self._undeclared(name)
            elif raw is not None:
                write(raw, numbers, known)

    def read_computed(
        self,
        values: Mapping[str, int | bool],
        given: Mapping[str, object],
        numbers: array[int],
        known: bytearray,
    ) -> None:
        """Write the features of what was computed and is not given, numbers on their scale.

        What the policy does not declare is ignored.  Raises `RequestError`.
        """
        for name, value in values.items():
            write = self._write.get(name)
            if write is not None and name not in given:
                write(as_given(value), numbers, known)

    def slots(self, name: str) -> list[int]:
        """Where an input's features stand."""
        return self._slots[name]

    def _undeclared(self, name: object) -> RequestError:
        shown = f"`{name}`" if isinstance(name, str) and _NAME.match(name) else "this key"
        near = difflib.get_close_matches(name, self.names, 1) if isinstance(name, str) else []
        cure = f"did you mean `{near[0]}`?" if near else "see what the policy declares"
        return RequestError(
            f"attributes: {shown} is not an attribute or signal of the policy; {cure}"
        )


def _slots(program: Program) -> list[Slots]:
    slots = [Slots() for _ in program.inputs]
    for place, reading in enumerate(program.features):
        match reading:
            case OfInput(index):
                slots[index].value.append(place)
            case HasMember(index, member):
                slots[index].members[member] = place
            case LikeGlob(index, glob):
                slots[index].globs.append((Glob(glob), place))
            case _:
                pass
    return slots


def _raw(info: Input) -> object:
    """A fallback as a request would give it; numbers of a program are scaled already."""
    return Scaled(cast(int, info.fallback)) if isinstance(info.type, NumberInput) else info.fallback


@dataclass(frozen=True, slots=True)
class Scaled:
    """A number on its scale already, as the scan of the text computes it."""

    value: int


@dataclass(frozen=True, slots=True)
class Unnamed:
    """A string that is none of the constants of the program, and of which nothing else is known
    than which of the program's globs it matches.
    """

    like: Mapping[str, bool]


_on_scale = lru_cache(maxsize=1024)(Scaled)


def as_given(value: int | bool) -> object:
    """What was computed, as a request would give it.

    A scan computes the same few numbers again and again: to find one takes less than to make it.
    """
    return value if value is True or value is False else _on_scale(value)


def _writer(info: Input, slots: Slots, places: Mapping[str, int]) -> Write:
    where = f"attributes: {info.name}"
    match info.type:
        case BoolInput():
            return _bool(where, slots)
        case EnumInput(members):
            return _enum(where, slots, members)
        case StringInput():
            return _string(where, slots, places)
        case SetInput(members):
            return _set(where, slots, members)
        case NumberInput():
            return _number(where, slots, info.type)


def _bool(where: str, slots: Slots) -> Write:
    def write(raw: object, numbers: array[int], known: bytearray) -> None:
        if raw is not True and raw is not False:
            raise _wrong(where, raw, "true or false")
        for slot in slots.value:
            numbers[slot] = raw is True
            known[slot] = 1

    return write


def _enum(where: str, slots: Slots, members: tuple[str, ...]) -> Write:
    places = {member: place for place, member in enumerate(members)}

    def write(raw: object, numbers: array[int], known: bytearray) -> None:
        place = places.get(raw) if isinstance(raw, str) else None
        if place is None:
            raise _wrong(where, raw, f"one of {', '.join(members)}")
        for slot in slots.value:
            numbers[slot] = place
            known[slot] = 1

    return write


def _string(where: str, slots: Slots, places: Mapping[str, int]) -> Write:
    def write(raw: object, numbers: array[int], known: bytearray) -> None:
        if type(raw) is Unnamed:
            write_unnamed(raw, numbers, known)
            return
        if not isinstance(raw, str):
            raise _wrong(where, raw, "a string")
        for slot in slots.value:
            numbers[slot] = places.get(raw, -1)
            known[slot] = 1
        for glob, slot in slots.globs:
            numbers[slot] = int(glob.matches(raw))
            known[slot] = 1

    def write_unnamed(raw: Unnamed, numbers: array[int], known: bytearray) -> None:
        for slot in slots.value:
            numbers[slot], known[slot] = -1, 1
        for glob, slot in slots.globs:
            numbers[slot], known[slot] = int(raw.like[glob.text]), 1

    return write


def _set(where: str, slots: Slots, members: tuple[str, ...]) -> Write:
    all_members = frozenset(members)
    wanted = tuple(slots.members.items())

    def write(raw: object, numbers: array[int], known: bytearray) -> None:
        if not isinstance(raw, list | tuple | set | frozenset):
            raise _wrong(where, raw, f"an array of {', '.join(members)}")
        items = cast("list[object]", raw)
        for item in items:
            if not isinstance(item, str) or item not in all_members:
                raise _wrong(where, item, f"one of {', '.join(members)}")
        for member, slot in wanted:
            numbers[slot] = int(member in items)
            known[slot] = 1

    return write


def _number(where: str, slots: Slots, type_: NumberInput) -> Write:
    kind, low, high = type_.kind, type_.low, type_.high
    read, own = reader(kind), tuple(slots.value)

    def write(raw: object, numbers: array[int], known: bytearray) -> None:
        value = raw.value if type(raw) is Scaled else read(raw)
        if value is None:
            raise _wrong(where, raw, _EXAMPLES[kind])
        if not low <= value <= high:
            raise RequestError(f"{where}: the value is outside the range that is declared")
        for slot in own:
            numbers[slot] = value
            known[slot] = 1

    return write


def _wrong(where: str, raw: object, wanted: str) -> RequestError:
    """What was wanted; what a request says is not repeated, it may be what must not leave."""
    return RequestError(f"{where}: {wanted} is wanted here, and this is {_kind(raw)}")


def _kind(raw: object) -> str:
    match raw:
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a string that is none"
        case dict():
            return "an object"
        case list() | tuple():
            return "an array"
        case _:
            return "something else"
