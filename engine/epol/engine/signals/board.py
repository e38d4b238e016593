"""The latest readings of signals, with the moment of each."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping


class SignalBoard:
    """Readings that providers publish and decisions use.  Safe to share between threads.

    A reading that is older than the policy's `stale after` counts as not given.  Time is
    monotonic, so that setting a clock makes nothing fresh.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds that never go back."""
        self._clock = clock
        self._readings: dict[str, tuple[object, float, float]] = {}
        self._publishing = threading.Lock()

    def publish(self, readings: Mapping[str, object], good_for: float = math.inf) -> None:
        """Take new readings, with the values that JSON would have; None takes one back.

        After `good_for` seconds they count as not given, also where the policy says nothing of
        `stale after`: whoever publishes every second is dead when nothing comes for ten.  What
        the policy does not declare, or whose value it does not take, counts as not given.
        """
        now = self._clock()
        with self._publishing:
            # A new dict each time: whoever reads the old one goes on undisturbed.
            new = self._readings.copy()
            for name, value in readings.items():
                if value is None:
                    new.pop(name, None)
                else:
                    new[name] = value, now, now + good_for
            self._readings = new

    def fresh(self, stale_after: Mapping[str, int]) -> dict[str, object]:
        """The readings that are not too old; `stale_after` is in microseconds, by name."""
        readings = self._readings
        if not readings:
            return {}
        now = self._clock()
        return {
            name: value
            for name, (value, since, until) in readings.items()
            if now <= until and name in stale_after and (now - since) * 1e6 <= stale_after[name]
        }

    def after_fork(self) -> None:
        """In a forked child, no other thread is there to give a lock back."""
        self._publishing = threading.Lock()
