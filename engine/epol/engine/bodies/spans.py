"""Where in a JSON text each of its values stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, cast

# Strings, brackets, literals and numbers of a text that is known to be JSON.
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]|[^\s,:{}\[\]"]+')


class Span(NamedTuple):
    """Bytes `start` up to `end`, and the spans inside.

    `inner` are those of an array's members in order, or of an object's keys and values by key.
    """

    start: int
    end: int
    inner: list[Span] | dict[str, tuple[Span, Span]] | None = None


def spans(source: bytes, value: object) -> Span:
    """The span of the value that was read from a text without duplicate keys, and all inside."""
    return _span(value, (token.span() for token in _TOKEN.finditer(source)))


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
