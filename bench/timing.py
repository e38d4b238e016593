"""Times of single calls: percentiles by the wall clock, means by the thread's own clock.

A machine that others use lengthens some calls as the wall clock sees them, the highest most;
the processor time of the thread hardly changes, but its clock is too slow for single calls.
So both are given.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from statistics import quantiles
from typing import Any

ROUNDS = 5
"""Of each measurement; the round with the least mean counts for the percentiles."""


def each(work: Callable[[Any], object], items: Sequence[Any], calls: int) -> dict[str, float]:
    """Microseconds of one call: `p50` and `p99` by the wall clock, `cpu` by the thread's.

    `spread` is the greatest median of a round over the least.
    """
    for item in items[: 1 + calls // 20]:
        work(item)
    turns = [items[i % len(items)] for i in range(calls)]
    rounds = [_round(work, turns) for _ in range(ROUNDS)]
    shown = [summary(seconds) for seconds in rounds]
    best = min(shown, key=lambda each: each["p50"])
    most = max(each["p50"] for each in shown)
    return {
        **best,
        "cpu": round(min(_cpu(work, turns) for _ in range(ROUNDS)) * 1e6, 3),
        "spread": round(most / best["p50"], 2),
    }


def summary(seconds: Sequence[float]) -> dict[str, float]:
    """Percentiles of single calls, in microseconds."""
    cuts = quantiles(seconds, n=100)
    return {"p50": round(cuts[49] * 1e6, 3), "p99": round(cuts[98] * 1e6, 3)}


def _round(work: Callable[[Any], object], turns: Sequence[Any]) -> list[float]:
    clock = time.perf_counter
    seconds: list[float] = []
    gc.collect()
    for item in turns:
        start = clock()
        work(item)
        seconds.append(clock() - start)
    return seconds


def _cpu(work: Callable[[Any], object], turns: Sequence[Any]) -> float:
    start = time.thread_time()
    for item in turns:
        work(item)
    return (time.thread_time() - start) / len(turns)


def clock_itself() -> dict[str, float]:
    """What measuring adds to each call."""
    return each(lambda _: None, [None], 20_000)
