"""Counts of one process, and the sum of several."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterable

import msgspec

from epol.gateway.families import DROPPED, FAMILIES, GAUGE, Family

MOST = 20_000
"""Series that one process keeps; policies that come and go could make more without end."""

Key = tuple[str, ...]
"""The name of a family, and the values of its labels."""

_GAUGES = frozenset(each.name for each in FAMILIES if each.kind == GAUGE)


class Sheet(msgspec.Struct):
    """What was counted: the numbers of each series.

    A counter and a gauge have one.  A histogram has as many as buckets, each apart from those
    below it; then how many were beyond the last one, and the sum of all.
    """

    series: list[tuple[Key, list[float]]] = []

    def without_gauges(self) -> Sheet:
        """What stays true when the process has ended."""
        return Sheet([each for each in self.series if each[0][0] not in _GAUGES])


def total(sheets: Iterable[Sheet]) -> Sheet:
    """The sum of what several processes counted."""
    found: dict[Key, list[float]] = {}
    for sheet in sheets:
        for key, numbers in sheet.series:
            known = found.get(key)
            found[key] = (
                numbers if known is None else [a + b for a, b in zip(known, numbers, strict=True)]
            )
    return Sheet(list(found.items()))


class Metrics:
    """The counts of one process.  Belongs to one thread: that of its event loop."""

    def __init__(self, most: int = MOST) -> None:
        self._series: dict[Key, list[float]] = {}
        self._most = most

    def add(self, family: Family, *labels: str, by: float = 1) -> None:
        """Count something, `by` times."""
        self._numbers(family, labels)[0] += by

    def set(self, family: Family, value: float, *labels: str) -> None:
        """Say what a gauge is at."""
        self._numbers(family, labels)[0] = float(value)

    def clear(self, family: Family) -> None:
        """Forget all values of a gauge."""
        for key in [key for key in self._series if key[0] == family.name]:
            del self._series[key]

    def observe(self, family: Family, value: float, *labels: str) -> None:
        """Count a value in a histogram."""
        numbers = self._numbers(family, labels)
        numbers[bisect_left(family.buckets, value)] += 1
        numbers[-1] += value

    def timing(self, family: Family, *labels: str) -> _Timing:
        """Count how many seconds something takes, however it ends."""
        return _Timing(self, family, labels)

    def sheet(self) -> Sheet:
        """What was counted so far."""
        return Sheet([(key, list(numbers)) for key, numbers in self._series.items()])

    def _numbers(self, family: Family, labels: tuple[str, ...]) -> list[float]:
        key = (family.name, *labels)
        found = self._series.get(key)
        if found is not None:
            return found
        assert len(labels) == len(family.labels), "each label has a value"
        size = len(family.buckets) + 2 if family.buckets else 1
        if len(self._series) >= self._most and family is not DROPPED:
            self.add(DROPPED)
            return [0.0] * size
        made = self._series[key] = [0.0] * size
        return made


class _Timing:
    """See `Metrics.timing`.  A generator would do the same more slowly."""

    __slots__ = ("_began", "_family", "_labels", "_metrics")

    def __init__(self, metrics: Metrics, family: Family, labels: tuple[str, ...]) -> None:
        self._metrics, self._family, self._labels = metrics, family, labels

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(self, *_error: object) -> None:
        self._metrics.observe(self._family, time.perf_counter() - self._began, *self._labels)
