"""Bodies with a secret planted somewhere: any string, number or key that an API takes.

A template is a body of an API with everything in it.  `Nested` is JSON that is written as
a string.  A place is a string of a template that is no word of the API.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, NamedTuple, cast

from tests.engine.views.evasions import ALL
from tests.hunt.plants import Plant

Json = Any
"""JSON values, some of them `Nested`."""


class Nested(NamedTuple):
    """A value that is written as JSON in a string."""

    value: Json


class Step(NamedTuple):
    """One step into a value: to a key, a member, an item, or into a nested value."""

    kind: str
    name: str = ""
    place: int = 0


Place = tuple[Step, ...]
WORDS = frozenset({"role", "type", "object", "detail", "finish_reason", "jsonrpc", "method"})
DISGUISES: tuple[str, ...] = (
    "zero-width",
    "full-width",
    "soft-hyphen",
    "json",
    "percent",
    "base64",
)


def fields_of(value: Json) -> dict[str, Json]:
    """The members of an object."""
    return cast(dict[str, Json], value)


def items_of(value: Json) -> list[Json]:
    """The members of an array."""
    return cast(list[Json], value)


def places(value: Json, at: Place = (), key: str = "") -> Iterator[Place]:
    """Where a secret can stand in place of a value or key, or within a string."""
    if isinstance(value, Nested):
        yield from places(value.value, (*at, Step("nested")), key)
    elif isinstance(value, dict):
        for name, member in fields_of(value).items():
            if name.startswith("x_"):
                yield (*at, Step("key", name))
            yield from places(member, (*at, Step("member", name)), name)
    elif isinstance(value, list):
        for index, member in enumerate(items_of(value)):
            yield from places(member, (*at, Step("item", place=index)), key)
    elif isinstance(value, str) and key not in WORDS:
        yield at


def planted(value: Json, at: Place, make: Callable[[str], str]) -> Json:
    """The value with something else at a place."""
    if not at:
        return make(value)
    (kind, name, place), rest = at[0], at[1:]
    if kind == "nested":
        return Nested(planted(value.value, rest, make))
    if kind == "key":
        return {
            make(name) if key == name else key: member for key, member in fields_of(value).items()
        }
    if kind == "member":
        return {k: planted(m, rest, make) if k == name else m for k, m in fields_of(value).items()}
    return [planted(m, rest, make) if i == place else m for i, m in enumerate(items_of(value))]


def written(value: Json, random: Random) -> Json:
    """The JSON values of a template, each nested one as a string of one style or another."""
    if isinstance(value, Nested):
        return json.dumps(written(value.value, random), **style(random))
    if isinstance(value, dict):
        return {key: written(member, random) for key, member in fields_of(value).items()}
    if isinstance(value, list):
        return [written(member, random) for member in items_of(value)]
    return value


def style(random: Random) -> dict[str, Any]:
    """One of the ways to write JSON."""
    return {
        "ensure_ascii": random.random() < 0.5,
        "indent": random.choice([None, None, 1]),
        "separators": random.choice([None, (",", ":")]),
    }


def in_text(plant: Plant, random: Random) -> Callable[[str], str]:
    """Writes a secret into a string, alone or among words, plain or in disguise."""
    value = plant.value
    if random.random() < 0.4:
        value = ALL[random.choice(DISGUISES)](value)
    before = random.choice(["", "see ", 'a\n"b" ', "Ω ünï ", "{", "<b>"])
    after = random.choice(["", " please", "\n", "\\ and", " 🙂", "}"])

    def write(old: str) -> str:
        return random.choice([f"{before}{value}{after}", f"{old} {before}{value}{after}"])

    return write
