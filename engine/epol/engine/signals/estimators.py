"""Estimates from a series of measurements: smoothed value, jitter, window with percentiles."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil
from typing import Generic, TypeVar

T = TypeVar("T")

_GAIN, _DEVIATION_GAIN = 1 / 8, 1 / 4
_JITTER_GAIN = 1 / 16


@dataclass(slots=True)
class Smoothed:
    """A smoothed value and its mean deviation, in the unit of what is measured.

    RFC 6298, section 2: the first measurement R gives R and R / 2; each further one first moves
    the deviation by a quarter towards |value - R|, and then the value by an eighth towards R.
    """

    value: float | None = None
    deviation: float = 0.0

    def add(self, measured: float) -> None:
        """Take a measurement."""
        if self.value is None:
            self.value, self.deviation = measured, measured / 2
            return
        self.deviation += _DEVIATION_GAIN * (abs(self.value - measured) - self.deviation)
        self.value += _GAIN * (measured - self.value)


@dataclass(slots=True)
class Jitter:
    """The interarrival jitter of RFC 3550, section 6.4.1, in the unit of what is measured.

    It moves by a sixteenth towards |D|, D being the difference between two transit times that
    follow each other; here they are round trips, so both ways count.  `value` is None before
    the second measurement.
    """

    value: float | None = None
    _last: float | None = None

    def add(self, measured: float) -> None:
        """Take a measurement."""
        if self._last is not None:
            before = self.value or 0.0
            self.value = before + _JITTER_GAIN * (abs(measured - self._last) - before)
        self._last = measured


@dataclass(slots=True)
class Window(Generic[T]):
    """The latest values that are not too old: at most `most`, for at most `seconds`."""

    seconds: float
    most: int
    _held: deque[tuple[float, T]] = field(default_factory=deque[tuple[float, T]])

    def __len__(self) -> int:
        return len(self._held)

    def add(self, now: float, value: T) -> None:
        """Take a value of this moment."""
        self._held.append((now, value))
        if len(self._held) > self.most:
            self._held.popleft()

    def values(self, now: float) -> list[T]:
        """The values, oldest first."""
        while self._held and now - self._held[0][0] > self.seconds:
            self._held.popleft()
        return [value for _, value in self._held]


def percentile(values: Iterable[float], percent: float) -> float | None:
    """The smallest value that at least so many percent do not exceed (nearest rank).

    None of no values.  `percent` is above 0 and at most 100.
    """
    ordered = sorted(values)
    return ordered[max(ceil(percent * len(ordered) / 100), 1) - 1] if ordered else None
