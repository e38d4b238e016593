"""What is to be done with an event: the steps that an API's module reads from it.

A channel or a tool call is named by a key, a tuple that begins with what it is part of: what
ends a choice ends all keys that begin with that choice's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

from epol.engine.errors import StreamError
from epol.engine.streams.source import Path

Key: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """The string at `path` is the next piece of a channel's text."""

    key: Key
    path: Path


@dataclass(frozen=True, slots=True)
class Repeated:
    """The string at `path` repeats all of a channel's text, whose key is one of `keys`; without
    such a channel, it is a text of its own."""

    keys: tuple[Key, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call begins, or more is known of it: its name, and what identifies it.

    One that the provider carries out `is_answer`: part of the answer, and judged as such.
    """

    key: Key
    name: str
    identity: str
    is_answer: bool = False


@dataclass(frozen=True, slots=True)
class Arguments:
    """The value at `path` is the next piece of a tool call's arguments: a string, or an object
    that is all of them."""

    key: Key
    path: Path


@dataclass(frozen=True, slots=True)
class Whole:
    """The string at `path` is all arguments of a tool call, whose key is one of `keys`: it repeats
    what went out, or brings them, if no event has brought any before."""

    keys: tuple[Key, ...]
    path: Path
    name: str = ""
    identity: str = ""
    is_answer: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """The value at `path` is what goes to a tool, all of it, whatever other events say."""

    path: Path
    name: str
    identity: str


@dataclass(frozen=True, slots=True)
class Once:
    """The string at `path` is a text of its own.  An `is_echo` was in the request already: it is
    restored and treated, and is no part of what the answer is judged by."""

    path: Path
    is_echo: bool = False


@dataclass(frozen=True, slots=True)
class Echo:
    """All at `path` was in the request."""

    path: Path


@dataclass(frozen=True, slots=True)
class Plain:
    """The value at `path` is no text that could be read, and goes out as it came."""

    path: Path


@dataclass(frozen=True, slots=True)
class Unwritten:
    """The number or key `text` cannot be rewritten: it must need no treatment."""

    text: str


@dataclass(frozen=True, slots=True)
class Without:
    """The value at `path` repeats text in another form, and is replaced by other JSON."""

    path: Path
    json: str


@dataclass(frozen=True, slots=True)
class Numbered:
    """The number at `path` counts events."""

    path: Path


@dataclass(frozen=True, slots=True)
class End:
    """With this event, all channels and tool calls whose keys begin with `key` end."""

    key: Key


@dataclass(frozen=True, slots=True)
class Broken:
    """The event says that the answer failed: what is held back is forgotten."""


Step: TypeAlias = (
    Text | Repeated | Call | Arguments | Whole | Judged | Once | Echo | Plain | Unwritten | Without
    | Numbered | End | Broken
)  # fmt: skip

_PLAIN_KEY = re.compile(r"[A-Za-z_$]{1,40}")
_LONG = 10**5
_COUNT = re.compile(r"created|sequence_number|.*(?:_at|_tokens|_ms|_index)")


def members(value: object) -> Mapping[str, object]:
    """The members of an object; none of what is no object."""
    return cast(Mapping[str, object], value) if isinstance(value, dict) else {}


def items(value: object) -> list[object]:
    """The items of an array; none of what is no array."""
    return cast(list[object], value) if isinstance(value, list) else []


def text_of(value: object) -> str:
    """A string; empty where there is none."""
    return value if isinstance(value, str) else ""


def index_of(value: object, default: int = 0) -> int:
    """An index.  Raises `StreamError` for what is none."""
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int):
        raise StreamError("an event of the stream has an index that is no number")
    return value


def no_arguments(value: object) -> None:
    """Raises `StreamError` for arguments that stand where the API has none, or not these."""
    if value:
        raise StreamError("a tool call of the stream has arguments in a form that is not the API's")


def rest(
    value: object,
    known: Collection[str],
    covered: Mapping[Path, Step],
    path: Path = (),
    *,
    is_echo: bool = False,
    is_counted: bool = False,
) -> Iterator[Step]:
    """Steps for all of a value that no step covers, so that nothing goes out unread.

    Strings are texts of their own, but for those whose names are `known` to hold no text.  Long
    numbers, but for counts, and unusual keys must need no treatment, if they are no echo.
    """
    step = covered.get(path)
    if isinstance(step, Echo):
        is_echo = True
    elif step is not None:
        return
    for name, member in members(value).items():
        here, is_known = (*path, name), name in known
        if not (is_echo or _PLAIN_KEY.fullmatch(name)):
            yield Unwritten(name)
        if not (is_known and isinstance(member, str)):
            counted = is_counted or is_known or _COUNT.fullmatch(name) is not None
            yield from rest(member, known, covered, here, is_echo=is_echo, is_counted=counted)
    for at, item in enumerate(items(value)):
        here = (*path, at)
        yield from rest(item, known, covered, here, is_echo=is_echo, is_counted=is_counted)
    if isinstance(value, str) and value:
        yield Once(path, is_echo)
    elif isinstance(value, int | float) and abs(value) >= _LONG and not (is_counted or is_echo):
        yield Unwritten(f"{value:.0f}")
