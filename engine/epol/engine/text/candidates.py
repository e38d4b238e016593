"""From a pattern that fired to its exact spans.

From the left: where the pattern matches, the longest match is judged.  Accepted, it is a
span, and the search goes on behind it.  If it is rejected for where it ends (a checksum,
a boundary), shorter matches from the same place are judged, longest first.  Wherever the
longest match is not accepted, the search goes on one character further, because what was
meant may begin inside; of what is accepted then, what reaches beyond all spans so far
counts.  The words of a list may overlap in the same way.

A shorter match that ends where none may end is not even asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import Enum

from epol.engine.bundle.exact import Exact, Found
from epol.engine.text.encoded import Encoded
from epol.engine.text.limits import MAX_SPAN, Budget


class Verdict(Enum):
    """What becomes of a match."""

    ACCEPTED = "it is a span"
    REJECTED = "it is none, and no shorter one from its place is"
    ELSEWHERE = "it is none, but one that ends earlier may be"


_ACCEPTED, _ELSEWHERE = Verdict.ACCEPTED, Verdict.ELSEWHERE

Judge = Callable[[Encoded, Found, Budget], Verdict]

LastEnd = Callable[[Encoded, int, int], int]
"""The last place behind a first byte, and up to a last one, where a match may end; the first byte
itself where it may end nowhere.  What says so judges matches that end elsewhere `ELSEWHERE`."""


class Search:
    """How one expression is searched for."""

    __slots__ = ("_judge", "_last_end", "_needs", "_overlaps", "_reach", "exact")

    def __init__(
        self,
        exact: Exact,
        judge: Judge,
        reach: int | None = None,
        *,
        overlaps: bool = False,
        last_end: LastEnd | None = None,
        needs: bytes = b"",
    ) -> None:
        """`reach` is the most bytes of a match; without one it is `MAX_SPAN`.  `overlaps` says
        that accepted spans may overlap.  Without `last_end` matches may end anywhere.  Each match
        has the bytes `needs` in it."""
        self.exact, self._judge, self._reach, self._overlaps = exact, judge, reach, overlaps
        self._last_end, self._needs = last_end, needs

    def spans(
        self,
        encoded: Encoded,
        start: int,
        budget: Budget,
        regions: Sequence[tuple[int, int]] | None = None,
    ) -> Iterator[Found]:
        """The accepted matches from byte `start` on.  Raises `ScanLimitError`.

        With `regions`, which are in order and apart, only those that touch one of them.
        """
        if regions is None and self._reach is not None:
            return self._everywhere(encoded, start, budget)
        return self._touching(
            encoded, start, budget, ((0, len(encoded.data)),) if regions is None else regions
        )

    def _everywhere(self, encoded: Encoded, at: int, budget: Budget) -> Iterator[Found]:
        """As `_touching`, for what nearly all are: all of a text is searched, with a bound."""
        data, search, judge = encoded.data, self.exact.search, self._judge
        size, reached, needs = len(data), 0, self._needs
        while at < size and (not needs or data.find(needs, at) >= 0):
            longest = search(data, at, size)
            if longest is None:
                return
            verdict = judge(encoded, longest, budget)
            if verdict is _ACCEPTED and not self._overlaps:
                at = longest[1]
                if at > reached:
                    reached = at
                    yield longest
                continue
            match: Found | None = longest if verdict is _ACCEPTED else None
            if verdict is _ELSEWHERE:
                match = self._shorter(encoded, longest, budget)
            if match is not None and match[1] > reached:
                reached = match[1]
                yield match
            at = longest[0] + 1
            if not encoded.is_ascii:
                at = encoded.from_character(at)

    def _touching(
        self, encoded: Encoded, at: int, budget: Budget, regions: Sequence[tuple[int, int]]
    ) -> Iterator[Found]:
        data, reached, begins = encoded.data, 0, 0
        size = len(data)
        for low, high in regions:
            if low:
                at = max(at, self._first(encoded, low))
            # Where the last search ended, there is nothing before what it found.
            while begins <= high and at < size:
                longest = self._next(data, at, budget)
                if longest is None:
                    return
                begins = longest[0]
                if begins > high:
                    break
                match = self._judged(encoded, longest, budget)
                if match is not None and match[1] > reached:
                    reached = match[1]
                    yield match
                is_whole = match is longest and not self._overlaps
                at = longest[1] if is_whole else encoded.next_character(longest[0])

    def _first(self, encoded: Encoded, low: int) -> int:
        """Where a match may begin that reaches to a place."""
        start = low - (MAX_SPAN if self._reach is None else self._reach)
        return encoded.next_character(start - 1) if start > 0 else 0

    def _judged(self, encoded: Encoded, longest: Found, budget: Budget) -> Found | None:
        """The longest match from one place that is accepted."""
        verdict = self._judge(encoded, longest, budget)
        if verdict is _ELSEWHERE:
            return self._shorter(encoded, longest, budget)
        return longest if verdict is _ACCEPTED else None

    def _shorter(self, encoded: Encoded, rejected: Found, budget: Budget) -> Found | None:
        """The longest match that is accepted of those that are shorter than a rejected one."""
        data, longest_at, last_end = encoded.data, self.exact.longest_at, self._last_end
        start, end = rejected[0], rejected[1] - 1
        while True:
            end = end if last_end is None else last_end(encoded, start, end)
            match = longest_at(data, start, end) if end > start else None
            if match is None:
                return None
            verdict = self._judge(encoded, match, budget)
            if verdict is not _ELSEWHERE:
                return match if verdict is _ACCEPTED else None
            end = match[1] - 1

    def _next(self, data: bytes, at: int, budget: Budget) -> Found | None:
        """The leftmost, longest match from `at` on."""
        if self._reach is not None:
            return self.exact.search(data, at, len(data))
        while at < len(data):
            end = min(len(data), at + 2 * MAX_SPAN)
            budget.look(end - at)
            match = self.exact.search(data, at, end)
            if match is not None and match[0] < at + MAX_SPAN:
                # Its end may have been cut by the window: look again from its own start.
                whole = self.exact.longest_at(data, match[0], min(len(data), match[0] + MAX_SPAN))
                return whole or match
            at += MAX_SPAN
        return None
