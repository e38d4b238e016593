"""Exact spans of one regular expression, in time linear in the text: the door to RE2.

RE2 has neither look-around nor back-references and never backtracks, so that no pattern
and no text can make it slow.  Matches are leftmost and longest.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from functools import cache, partial
from typing import Protocol, cast


class PatternRefusedError(ValueError):
    """A pattern that an engine cannot take; str() says why, in that engine's words."""


class _Options(Protocol):
    longest_match: bool
    log_errors: bool


_Match = Callable[[object, bytes, int, int], list[tuple[int, int]]]
"""Anchor, text, and where the match may begin and end; gives the spans of match and groups."""


class _RE2(Protocol):
    """re2's own object; its `search` and `match` around it cost three times as much."""

    def ok(self) -> bool: ...
    def error(self) -> bytes: ...

    Match: _Match


class _Anchors(Protocol):
    ANCHOR_START: object
    UNANCHORED: object


class _Maker(Protocol):
    Anchor: _Anchors

    def __call__(self, pattern: bytes, options: _Options) -> _RE2: ...


class _Library(Protocol):
    """What we use of re2, which ships no types."""

    def Options(self) -> _Options: ...  # noqa: N802


_options = cast(_Library, importlib.import_module("re2")).Options
_make = cast(_Maker, importlib.import_module("re2._re2").RE2)
_ANYWHERE, _HERE = _make.Anchor.UNANCHORED, _make.Anchor.ANCHOR_START

Found = tuple[int, int, int, int]
"""Start and end of a match, then of its value, in bytes."""


_BEFORE = re.compile(r"\(\?:\\A\|\[\^(?:[^\]\\]|\\.)*\]\)")
"""What many patterns have before a value: the beginning of the text, or a character."""

VALUE = "(?P<value>"
_PIECE = re.compile(r"\\.|\[(?:[^\]\\]|\\.)*\]|[()]", re.DOTALL)

Searching = Callable[[bytes, int, int], Found | None]
"""A search in bytes, between two offsets."""


class Exact:
    """A compiled expression over UTF-8 bytes.

    RE2 takes half as long again to say where a group is.  It is not asked where the value is all
    of a match but the character before it.
    """

    __slots__ = ("longest_at", "search")

    def __init__(self, pattern: str) -> None:
        if is_behind(pattern):
            searching = _searching_behind(pattern)
        else:
            kind = _searching_value if VALUE in pattern else _searching
            searching = partial(kind, _compiled(pattern).Match)
        self.search: Searching = searching(_ANYWHERE)
        """The leftmost, longest match within [start, end), seen in its surroundings."""
        self.longest_at: Searching = searching(_HERE)
        """The longest match that begins at `start` and ends at `end` at most."""


def _searching(match: _Match, anchor: object) -> Searching:
    """For a pattern without a group; all are functions, as most of what they do is to be called."""

    def search(data: bytes, start: int, end: int) -> Found | None:
        span = match(anchor, data, start, end)[0]
        return None if span[0] < 0 else span + span

    return search


def _searching_value(match: _Match, anchor: object) -> Searching:
    """For a pattern with the group `value`, which is at (-1, -1) if it took no part."""

    def search(data: bytes, start: int, end: int) -> Found | None:
        spans = match(anchor, data, start, end)
        span = spans[0]
        if span[0] < 0:
            return None
        return span + spans[1] if spans[1][0] >= 0 else span + span

    return search


def _searching_behind(pattern: str) -> Callable[[object], Searching]:
    """For a pattern whose value is all but the character before it, if there is one."""
    match = _compiled(pattern.replace(VALUE, "(?:")).Match

    @cache
    def with_group() -> _Match:
        return _compiled(pattern).Match

    def searching(anchor: object) -> Searching:
        def search(data: bytes, start: int, end: int) -> Found | None:
            first, last = match(anchor, data, start, end)[0]
            if first > 0:
                low = first + 1
                while low < last and 0x80 <= data[low] < 0xC0:
                    low += 1
                return first, last, low, last
            if first < 0:
                return None
            # Only there the value may be all of the match.
            span, value, *_ = with_group()(_HERE, data, 0, last)
            return span + value

        return search

    return searching


def _compiled(pattern: str) -> _RE2:
    options = _options()
    options.longest_match = True
    options.log_errors = False
    compiled = _make(pattern.encode(), options)
    if not compiled.ok():
        raise PatternRefusedError(compiled.error().decode("utf-8", "replace"))
    return compiled


def is_behind(pattern: str) -> bool:
    """Whether the value of each match is all but the character before it, if there is one."""
    before = _BEFORE.match(pattern)
    return before is not None and _is_value(pattern, before.end())


def _is_value(pattern: str, start: int) -> bool:
    """Whether all of a pattern from `start` on is the group `value`."""
    if not pattern.startswith(VALUE, start):
        return False
    depth = 0
    for piece in _PIECE.finditer(pattern, start):
        depth += (piece[0] == "(") - (piece[0] == ")")
        if depth == 0:
            return piece.end() == len(pattern)
    return False
