"""Values of attributes and signals as a log may have them: no text that the policy does not say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

from epol.engine.bundle.program import (
    BoolInput,
    EnumInput,
    Input,
    LikeGlob,
    NumberInput,
    Program,
    SetInput,
    StringInput,
)
from epol.engine.log.keys import Digests
from epol.engine.reading.globs import Glob
from epol.engine.reading.inputs import Scaled
from epol.engine.reading.numbers import reader
from epol.engine.seen import Seen

Render = Callable[[object], object]
"""A value as the log has it; None for what is none of its type."""


class FactWriter:
    """Writes what decisions of one policy were computed from."""

    def __init__(self, program: Program, digests: Digests) -> None:
        self._render = {
            info.name: _render(info, program, place, digests)
            for place, info in enumerate(program.inputs)
        }

    def write(self, seen: Seen) -> dict[str, object]:
        """What is known by name; names that the policy does not declare are left out."""
        facts: dict[str, object] = {}
        self._add(facts, seen.computed.items())
        self._add(facts, seen.modelled.items())
        self._add(facts, seen.given.items())
        return facts

    def _add(self, facts: dict[str, object], values: Iterable[tuple[str, object]]) -> None:
        for name, raw in values:
            render = self._render.get(name)
            if render is not None and raw is not None:
                value = render(raw)
                if value is not None:
                    facts[name] = value


def _render(info: Input, program: Program, place: int, digests: Digests) -> Render:
    match info.type:
        case BoolInput():
            return _bool
        case EnumInput(members):
            return _enum(frozenset(members))
        case SetInput(members):
            return _set(members)
        case NumberInput():
            return _number(info.type)
        case StringInput():
            globs = globs_of(program, place)
            return _string(info.name, frozenset(program.strings), globs, digests)


def globs_of(program: Program, place: int) -> tuple[str, ...]:
    """The globs that an input, by its place, is compared with."""
    return tuple(
        reading.glob
        for reading in program.features
        if isinstance(reading, LikeGlob) and reading.input == place
    )


def _bool(raw: object) -> object:
    return raw if raw is True or raw is False else None


def _enum(members: frozenset[str]) -> Render:
    return lambda raw: raw if isinstance(raw, str) and raw in members else None


def _set(members: tuple[str, ...]) -> Render:
    def render(raw: object) -> object:
        if not isinstance(raw, list | tuple | set | frozenset):
            return None
        items = cast("list[object]", raw)
        return [member for member in members if member in items]

    return render


def _number(type_: NumberInput) -> Render:
    """On the scale of its type, floored as deciding does: what was written is not repeated."""
    read, low, high = reader(type_.kind), type_.low, type_.high

    def render(raw: object) -> object:
        value = raw.value if type(raw) is Scaled else raw if type(raw) is bool else read(raw)
        return value if type(value) is int and low <= value <= high else None

    return render


def _string(
    name: str, constants: frozenset[str], globs: tuple[str, ...], digests: Digests
) -> Render:
    """A constant of the policy as it is; any other string as a digest.

    What the policy's globs say of it is kept too, so that the same policy can decide again.
    """
    tried = tuple((text, Glob(text)) for text in globs)
    purpose = purpose_of(name)

    def render(raw: object) -> object:
        if not isinstance(raw, str):
            return None
        if raw in constants:
            return raw
        fact: dict[str, object] = {
            "digest": digests.of(purpose, raw.encode("utf-8", "surrogatepass"))
        }
        if tried:
            fact["like"] = {text: glob.matches(raw) for text, glob in tried}
        return fact

    return render


def purpose_of(name: str) -> str:
    """What the digests of an attribute are for."""
    return f"attribute {name}"
