"""The data of an event: its JSON value, and where each part of it is written."""

from __future__ import annotations

import json
import re
from typing import TypeAlias

from epol.engine.errors import StreamError

Path: TypeAlias = tuple[str | int, ...]
"""Keys and indexes that lead to a value."""

MAX_DEPTH = 100

# What is matched is valid JSON already: a key with its colon, a string, a bracket, a comma, or
# anything else.
_TOKEN = re.compile(r'("[^"\\]*(?:\\.[^"\\]*)*")([ \t\r\n]*:)?|([{\[])|([}\]])|,|[^\s,{}\[\]":]+')


class Source:
    """JSON text, its value, and the place of every value in it."""

    __slots__ = ("data", "places", "value")

    def __init__(self, data: str) -> None:
        """Raises `StreamError` for what is no JSON, has a key twice or is nested too deep."""
        self.data = data
        try:
            self.value: object = json.loads(data)
        except (ValueError, RecursionError):
            raise StreamError("an event of the stream is no JSON") from None
        self.places = _places(data)

    def string_at(self, path: Path) -> str:
        """The string at a path where there is one."""
        start, end = self.places[path]
        text: str = json.loads(self.data[start:end])
        return text

    def number_at(self, path: Path) -> int:
        """The whole number at a path; 0 if what stands there is none."""
        start, end = self.places[path]
        return int(self.data[start:end]) if self.data[start:end].isdecimal() else 0

    def __repr__(self) -> str:
        return f"<Source of {len(self.data)} characters>"


def string(text: str) -> str:
    """A text as JSON; half of a pair of surrogates, which has no UTF-8, as an escape."""
    written = json.dumps(text, ensure_ascii=False)
    return written if written.isascii() or not _has_surrogates(written) else json.dumps(text)


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _places(data: str) -> dict[Path, tuple[int, int]]:
    """Where each value begins and ends, by its path; keys are told from strings by their colon."""
    places: dict[Path, tuple[int, int]] = {}
    path: list[str | int] = []
    starts: list[int] = []
    for token in _TOKEN.finditer(data):
        kind = token.lastindex
        if kind == 2:
            path[-1] = json.loads(token[1])
            if tuple(path) in places:
                raise StreamError("an event of the stream has a key twice")
            places[tuple(path)] = (0, 0)
        elif kind == 3:
            starts.append(token.start())
            path.append(0 if token[3] == "[" else "")
            if len(path) > MAX_DEPTH:
                raise StreamError("an event of the stream is nested too deep")
        elif kind == 4:
            path.pop()
            places[tuple(path)] = starts.pop(), token.end()
        elif kind == 1 or token[0] != ",":
            places[tuple(path)] = token.span()
        elif isinstance(path[-1], int):
            path[-1] += 1
    return places
