"""Exact spans of one regular expression, in time linear in the text: the door to RE2.

RE2 has neither look-around nor back-references and never backtracks, so that no pattern
and no text can make it slow.  Matches are leftmost and longest.
"""

from __future__ import annotations

import importlib
from typing import Protocol, cast


class PatternRefusedError(ValueError):
    """A pattern that an engine cannot take; str() says why, in that engine's words."""


class _Match(Protocol):
    def span(self, group: int) -> tuple[int, int]: ...


class _Regexp(Protocol):
    def search(self, text: bytes, pos: int, endpos: int) -> _Match | None: ...
    def match(self, text: bytes, pos: int, endpos: int) -> _Match | None: ...


class _Options(Protocol):
    longest_match: bool
    log_errors: bool


class _Library(Protocol):
    """What we use of re2, which ships no types."""

    error: type[Exception]

    def Options(self) -> _Options: ...  # noqa: N802 (its name there)
    def compile(self, pattern: str, options: _Options) -> _Regexp: ...


_re2 = cast(_Library, importlib.import_module("re2"))

Found = tuple[int, int, int, int]
"""Start and end of a match, then of its value, in bytes."""


class Exact:
    """A compiled expression over UTF-8 bytes."""

    __slots__ = ("_group", "_regexp")

    def __init__(self, pattern: str) -> None:
        options = _re2.Options()
        options.longest_match = True
        options.log_errors = False
        try:
            self._regexp = _re2.compile(pattern, options)
        except _re2.error as error:
            raise PatternRefusedError(_words(error)) from None
        self._group = 1 if "(?P<value>" in pattern else 0

    def search(self, data: bytes, start: int, end: int) -> Found | None:
        """The leftmost, longest match within [start, end), seen in its surroundings."""
        return self._found(self._regexp.search(data, start, end))

    def longest_at(self, data: bytes, start: int, end: int) -> Found | None:
        """The longest match that begins at `start` and ends at `end` at most."""
        return self._found(self._regexp.match(data, start, end))

    def _found(self, match: _Match | None) -> Found | None:
        if match is None:
            return None
        start, end = match.span(0)
        low, high = match.span(self._group) if self._group else (start, end)
        return (start, end, start, end) if low < 0 else (start, end, low, high)


def _words(error: Exception) -> str:
    text = error.args[0] if error.args else ""
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
