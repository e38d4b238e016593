"""The two matchers, asked plainly, as oracles for each other."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Protocol, cast

import hyperscan


class Regexp(Protocol):
    def fullmatch(self, text: bytes, pos: int, endpos: int) -> object | None: ...


class _Options(Protocol):
    longest_match: bool
    log_errors: bool


class _Library(Protocol):
    error: type[Exception]

    def Options(self) -> _Options: ...  # noqa: N802 (its name there)
    def compile(self, pattern: bytes, options: _Options) -> Regexp: ...


_re2 = cast(_Library, importlib.import_module("re2"))


def exact(pattern: str) -> Regexp:
    """RE2's."""
    options = _re2.Options()
    options.longest_match = True
    options.log_errors = False
    return _re2.compile(pattern.encode(), options)


def places(text: str) -> list[int]:
    """The byte offset of each character, and of the end."""
    return [len(text[:i].encode()) for i in range(len(text) + 1)]


def spans(pattern: str, text: str) -> Iterator[tuple[int, int]]:
    """Every span of bytes, the empty ones apart, that RE2 says the pattern matches."""
    regexp, data, at = exact(pattern), text.encode(), places(text)
    for i, start in enumerate(at):
        for end in at[i + 1 :]:
            if regexp.fullmatch(data, start, end):
                yield start, end


def database(pattern: str) -> hyperscan.Database | None:
    """Hyperscan's; None if it refuses the pattern."""
    made = hyperscan.Database()
    try:
        made.compile(expressions=[pattern.encode()], ids=[0], flags=[hyperscan.HS_FLAG_UTF8])
    except hyperscan.error:
        return None
    return made


def ends(made: hyperscan.Database, text: str) -> set[int]:
    """Every byte offset at which Hyperscan says a match ends."""
    found: set[int] = set()

    def take(_id: int, _start: int, end: int, _flags: int, _context: object) -> None:
        found.add(end)

    made.scan(text.encode(), match_event_handler=take)
    return found
