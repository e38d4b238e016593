"""Exact spans of one regular expression, in time linear in the text: the door to RE2.

RE2 has neither look-around nor back-references and never backtracks, so that no pattern
and no text can make it slow.  Matches are leftmost and longest.
"""

from __future__ import annotations

import importlib
from typing import Protocol, cast


class PatternRefusedError(ValueError):
    """A pattern that an engine cannot take; str() says why, in that engine's words."""


class _Options(Protocol):
    longest_match: bool
    log_errors: bool


class _RE2(Protocol):
    """re2's own object; its `search` and `match` around it cost three times as much."""

    def ok(self) -> bool: ...
    def error(self) -> bytes: ...
    def Match(  # noqa: N802 (its name there)
        self, anchor: object, text: bytes, pos: int, endpos: int
    ) -> list[tuple[int, int]]: ...


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


class Exact:
    """A compiled expression over UTF-8 bytes."""

    __slots__ = ("_has_value", "_match")

    def __init__(self, pattern: str) -> None:
        options = _options()
        options.longest_match = True
        options.log_errors = False
        compiled = _make(pattern.encode(), options)
        if not compiled.ok():
            raise PatternRefusedError(compiled.error().decode("utf-8", "replace"))
        self._match = compiled.Match
        self._has_value = "(?P<value>" in pattern

    def search(self, data: bytes, start: int, end: int) -> Found | None:
        """The leftmost, longest match within [start, end), seen in its surroundings."""
        spans = self._match(_ANYWHERE, data, start, end)
        span = spans[0]
        if span[0] < 0:
            return None
        # A group that took no part in the match is at (-1, -1).
        if self._has_value and spans[1][0] >= 0:
            return span + spans[1]
        return span + span

    def longest_at(self, data: bytes, start: int, end: int) -> Found | None:
        """The longest match that begins at `start` and ends at `end` at most."""
        spans = self._match(_HERE, data, start, end)
        span = spans[0]
        if span[0] < 0:
            return None
        if self._has_value and spans[1][0] >= 0:
            return span + spans[1]
        return span + span
