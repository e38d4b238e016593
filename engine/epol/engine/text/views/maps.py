"""Maps from the code points of a derived text to those of the text it was made from."""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple, Protocol


class Map(Protocol):
    """A map of spans."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The smallest span that covers a span that isn't empty."""
        ...


@dataclass(frozen=True, slots=True)
class Units:
    """How the characters of one decoded run lie in what it was decoded from.

    Each `size` decoded bytes come from a group of `width` characters; the groups begin
    `stride` apart. Where a character isn't one byte, `offsets` has the byte at which each
    begins, and the number of bytes. Where the groups aren't contiguous, `places` has the
    place of each of their characters.
    """

    stride: int = 1
    width: int = 1
    size: int = 1
    offsets: Sequence[int] | None = None
    places: Sequence[int] | None = None

    def of(self, at: int) -> tuple[int, int]:
        """The characters that hold the one at `at`; the last group may be shorter."""
        first, last = (at, at) if self.offsets is None else self._bytes(self.offsets, at)
        low = first // self.size * self.stride
        high = last // self.size * self.stride + self.width
        if self.places is None:
            return low, high
        if high >= len(self.places):
            # The last group has all that follows: its padding.
            return int(self.places[low]), sys.maxsize
        return int(self.places[low]), int(self.places[high - 1]) + 1

    @staticmethod
    def _bytes(offsets: Sequence[int], at: int) -> tuple[int, int]:
        return offsets[at], offsets[at + 1] - 1


SAME = Units()
"""Characters that stayed as they were."""


class Edit(NamedTuple):
    """A span of a text and what stands for it; without units, the whole for the whole."""

    start: int
    end: int
    text: str
    units: Units | None = None


class Pieces:
    """A map by pieces: those with an even index are unchanged, those between are edits."""

    __slots__ = ("_origins", "_starts", "_units")

    def __init__(
        self, before: Iterable[str], after: Iterable[str], units: dict[int, Units]
    ) -> None:
        """From the texts of all pieces, before and after, and the units of edits by index."""
        self._origins = list(accumulate(map(len, before), initial=0))
        self._starts = list(accumulate(map(len, after), initial=0))[:-1]
        self._units = units

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The smallest span that covers a span that isn't empty."""
        return self._unit(start)[0], self._unit(end - 1)[1]

    def _unit(self, at: int) -> tuple[int, int]:
        # Of several pieces that begin here, all but the last are empty.
        piece = bisect_right(self._starts, at) - 1
        low, high = self._origins[piece], self._origins[piece + 1]
        units = self._units.get(piece) if piece % 2 else SAME
        if units is None:
            return low, high
        first, last = units.of(at - self._starts[piece])
        return low + first, min(low + last, high)


def rewrite(text: str, edits: Iterable[Edit]) -> tuple[str, Pieces]:
    """Apply edits, which are in order and don't overlap."""
    before, after, units, end = list[str](), list[str](), dict[int, Units](), 0
    for edit in edits:
        before += text[end : edit.start], text[edit.start : edit.end]
        after += before[-2], edit.text
        if edit.units:
            units[len(before) - 1] = edit.units
        end = edit.end
    before.append(text[end:])
    after.append(text[end:])
    return "".join(after), Pieces(before, after, units)
