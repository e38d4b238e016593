"""From a pattern that fired to its exact spans.

From the left: where the pattern matches, the longest match is judged.  Accepted, it is a
span, and the search goes on behind it.  If it is rejected for where it ends (a checksum,
a boundary), shorter matches from the same place are judged, longest first, and then the
search goes on one character further: the number that was meant may begin or end inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum

from epol.engine.bundle.exact import Exact, Found
from epol.engine.text.encoded import Encoded
from epol.engine.text.limits import MAX_SPAN, Budget


class Verdict(Enum):
    """What becomes of a match."""

    ACCEPTED = "it is a span"
    REJECTED = "it is none, and nothing inside it is"
    ELSEWHERE = "it is none, but another one that begins or ends inside may be"


Judge = Callable[[Found], Verdict]


def spans(
    exact: Exact, encoded: Encoded, start: int, reach: int | None, judge: Judge, budget: Budget
) -> Iterator[Found]:
    """The accepted matches from byte `start` on.  Raises `ScanLimitError`.

    `reach` is the most bytes of a match; without one it is `MAX_SPAN`.
    """
    data, at = encoded.data, start
    while at < len(data):
        match = _next(exact, data, at, reach)
        if match is None:
            return
        match, verdict = _judged(exact, data, match, judge, budget)
        if verdict == Verdict.ACCEPTED:
            yield match
        at = encoded.next_character(match[0]) if verdict == Verdict.ELSEWHERE else match[1]


def _judged(
    exact: Exact, data: bytes, match: Found, judge: Judge, budget: Budget
) -> tuple[Found, Verdict]:
    """The first match from this place that is not rejected for where it ends."""
    first = match
    while True:
        verdict = judge(match)
        if verdict == Verdict.ACCEPTED:
            budget.find(match[1] - match[0])
            return match, verdict
        if verdict == Verdict.REJECTED:
            return match, verdict
        shorter = exact.longest_at(data, match[0], match[1] - 1)
        if shorter is None:
            return first, Verdict.ELSEWHERE
        match = shorter


def _next(exact: Exact, data: bytes, at: int, reach: int | None) -> Found | None:
    if reach is not None:
        return exact.search(data, at, len(data))
    while at < len(data):
        match = exact.search(data, at, min(len(data), at + 2 * MAX_SPAN))
        if match is not None and match[0] < at + MAX_SPAN:
            # Its end may have been cut by the window: look again from its own start.
            return exact.longest_at(data, match[0], min(len(data), match[0] + MAX_SPAN)) or match
        at += MAX_SPAN
    return None
