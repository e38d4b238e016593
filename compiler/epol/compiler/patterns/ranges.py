"""Sets of code points as sorted, disjoint, closed ranges that do not touch."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from operator import itemgetter

Ranges = tuple[tuple[int, int], ...]

EVERY: Ranges = ((0, 0xD7FF), (0xE000, 0x10FFFF))
"""All characters that a text can have: Unicode without the surrogates."""


def joined(pairs: Iterable[tuple[int, int]]) -> Ranges:
    """Any ranges in order, with those that touch made one."""
    result: list[tuple[int, int]] = []
    for low, high in sorted(pairs):
        if result and low <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(result[-1][1], high))
        else:
            result.append((low, high))
    return tuple(result)


def without(these: Ranges, those: Ranges) -> Ranges:
    """What is in `these` and not in `those`, in one walk over both."""
    result: list[tuple[int, int]] = []
    holes = iter(those)
    hole = next(holes, None)
    for low, high in these:
        at = low
        while hole is not None and hole[0] <= high:
            if at < hole[0]:
                result.append((at, hole[0] - 1))
            at = max(at, hole[1] + 1)
            if hole[1] > high:
                break
            hole = next(holes, None)
        if at <= high:
            result.append((at, high))
    return tuple(result)


def common(these: Ranges, those: Ranges) -> Ranges:
    """What is in both."""
    return without(these, without(these, those))


def meets(these: Ranges, those: Ranges) -> bool:
    """Whether something is in both."""
    return any(low <= last and first <= high for low, high in these for first, last in those)


def holds(these: Ranges, point: int) -> bool:
    """Whether a code point is in them."""
    at = bisect_right(these, point, key=itemgetter(0))
    return at > 0 and these[at - 1][1] >= point


def points(these: Ranges) -> Iterator[int]:
    """Every code point, in order."""
    for low, high in these:
        yield from range(low, high + 1)


def size(these: Ranges) -> int:
    """How many code points there are."""
    return sum(high - low + 1 for low, high in these)
