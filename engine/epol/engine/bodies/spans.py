"""Where in a JSON text each of its values stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, cast

# What is no string in a text that is known to be JSON: brackets, literals and numbers.
_PLAIN = re.compile(rb"[{}\[\]]|[^\s,:{}\[\]]+")
_BETWEEN = b" \t\r\n,:"
_BACKSLASH = ord("\\")


class Span(NamedTuple):
    """Bytes `start` up to `end`, and the spans inside.

    `inner` are those of an array's members in order, or of an object's keys and values by key.
    """

    start: int
    end: int
    inner: list[Span] | dict[str, tuple[Span, Span]] | None = None


def spans(source: bytes, value: object) -> Span:
    """The span of the value that was read from a text without duplicate keys, and all inside."""
    return _span(value, _tokens(source))


def _tokens(source: bytes) -> Iterator[tuple[int, int]]:
    """The ranges of strings, brackets, literals and numbers, in order.

    Strings are most of a text, and nothing finds their ends as fast as a search for quotes.
    """
    at = 0
    while (start := source.find(b'"', at)) >= 0:
        if source[at:start].strip(_BETWEEN):
            yield from (plain.span() for plain in _PLAIN.finditer(source, at, start))
        at = _closing(source, start) + 1
        yield start, at
    yield from (plain.span() for plain in _PLAIN.finditer(source, at))


def _closing(source: bytes, start: int) -> int:
    """Where a string ends: at the first quote with an even number of backslashes before it."""
    end = source.find(b'"', start + 1)
    while source[end - 1] == _BACKSLASH:
        before = end - 1
        while source[before] == _BACKSLASH:
            before -= 1
        if (end - before) % 2:
            break
        end = source.find(b'"', end + 1)
    return end


def _span(value: object, tokens: Iterator[tuple[int, int]]) -> Span:
    start, end = next(tokens)
    if type(value) is dict:
        fields: dict[str, tuple[Span, Span]] = {}
        for key, member in cast(dict[str, object], value).items():
            name = Span(*next(tokens))
            fields[key] = name, _span(member, tokens)
        return Span(start, next(tokens)[1], fields)
    if type(value) is list:
        items = [_span(member, tokens) for member in cast(list[object], value)]
        return Span(start, next(tokens)[1], items)
    return Span(start, end)
