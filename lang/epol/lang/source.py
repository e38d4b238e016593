"""Source text and places in it.

Offsets count Unicode code points from 0; lines and columns count from 1.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Position:
    """One place in a source, as people and editors count it."""

    line: int
    column: int
    offset: int


@dataclass(frozen=True, eq=False)
class Source:
    """One file's text with the name under which a person knows it."""

    name: str
    text: str = field(repr=False)

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """Offsets at which lines begin; always at least one."""
        starts = [0]
        starts.extend(i + 1 for i, char in enumerate(self.text) if char == "\n")
        return tuple(starts)

    def position(self, offset: int) -> Position:
        """The line and column of an offset (clamped to the text)."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1, offset)

    def line(self, number: int) -> str:
        """The text of one line (from 1), without its line break."""
        start = self.line_starts[number - 1]
        last = number == len(self.line_starts)
        end = len(self.text) if last else self.line_starts[number] - 1
        return self.text[start:end].rstrip("\r")

    def span(self, start: int, end: int) -> Span:
        """The span from `start` up to, not including, `end`."""
        return Span(self, start, end)


@dataclass(frozen=True)
class Span:
    """A half-open range of one source."""

    source: Source = field(repr=False)
    start: int
    end: int

    @property
    def text(self) -> str:
        """The characters of the span."""
        return self.source.text[self.start : self.end]

    @property
    def first(self) -> Position:
        """Where the span begins."""
        return self.source.position(self.start)

    @property
    def last(self) -> Position:
        """Where the span ends (one past its last character)."""
        return self.source.position(self.end)

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of `other`."""
        return Span(self.source, self.start, max(self.end, other.end))
