"""The health of targets, from the requests that go to them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from types import TracebackType

from epol.engine.forks import renewed_after_fork
from epol.engine.signals import scales
from epol.engine.signals.board import SignalBoard
from epol.engine.signals.breaker import Breaker, BreakerRules, Pass, State
from epol.engine.signals.estimators import Window, percentile
from epol.engine.signals.ratelimits import requests_left

_KEPT_SECONDS, _KEPT = 60.0, 256
_FEW, _FIGURES_SECONDS = 32, 0.1
"""Figures of more requests than that are worked out at most once in so many seconds."""
_REFUSED = frozenset({408, 425, 429})
_NO_HEADERS: Mapping[str, str] = {}


class Health:
    """A `Provider` of `up`, `queue`, `latency`, `errors` and `rate_left` for each target.

    Whoever sends a request asks `begin` first, and says how it ended.  Each change is published
    at once, figures of many requests ten times a second; `read`, which a runner calls, lets the
    last minute move on, and breakers try again.  Safe to share between threads and event loops;
    nothing in it waits.

    - `up`: the breaker would let a request through, and probes do not say otherwise;
    - `queue`: requests under way;
    - `latency`: the median time to the first byte of an answer, of at most 256 in the last minute;
    - `errors`: the share of failures among as many;
    - `rate_left`: what the provider's headers said last, until it resets.
    """

    name = "health"

    def __init__(
        self,
        board: SignalBoard,
        targets: Iterable[str],
        *,
        rules: BreakerRules | None = None,
        reachable: Callable[[str], bool | None] | None = None,
        interval: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`reachable` says whether a target answers probes (`Network.is_reachable`)."""
        self._board = board
        self._interval = interval
        self._clock, self._wall = clock, wall
        self._reachable = reachable or _not_known
        rules = rules or BreakerRules()
        self._targets = {name: _Target(name, Breaker(rules, clock)) for name in targets}
        self._lock = threading.Lock()
        renewed_after_fork(self)

    @property
    def interval(self) -> float:
        """See `Provider.interval`."""
        return self._interval

    def after_fork(self) -> None:
        """In a child, no other thread is there to give the lock back or to end its requests."""
        self._lock = threading.Lock()
        for own in self._targets.values():
            own.under_way = 0

    def begin(self, target: str) -> Attempt | None:
        """Begin to send a request to a target; None where the breaker refuses, so try the next.

        Raises KeyError for a target that was not named.
        """
        with self._lock:
            own = self._targets[target]
            entered = own.breaker.enter()
            if entered is not None:
                own.under_way += 1
            self._publish(own, {})
        return None if entered is None else Attempt(self, target, entered, self._clock())

    def state(self, target: str) -> State:
        """What the breaker of a target lets through.  Raises KeyError."""
        with self._lock:
            return self._targets[target].breaker.state

    async def read(self) -> Mapping[str, object]:
        """What is known now of all targets."""
        with self._lock:
            for own in self._targets.values():
                self._publish(own, own.measured(self._clock()))
        return {}

    def answered(self, target: str, began: float) -> None:
        """The first byte came of a request that began then; an `Attempt` says so."""
        with self._lock:
            now = self._clock()
            self._targets[target].latencies.add(now, now - began)

    def ended(
        self,
        target: str,
        entered: Pass,
        is_good: bool | None,
        status: int | None,
        headers: Mapping[str, str],
    ) -> None:
        """A request is over; an `Attempt` says so."""
        left = requests_left(headers, status, self._wall()) if headers else None
        with self._lock:
            own, now = self._targets[target], self._clock()
            own.under_way = max(own.under_way - 1, 0)
            own.breaker.leave(entered, is_good)
            if is_good is not None:
                own.outcomes.add(now, is_good)
            if left is not None:
                own.left, own.left_until = left.requests, now + left.seconds
            self._publish(own, own.measured(now))

    def _publish(self, own: _Target, measured: Mapping[str, object]) -> None:
        # Under the lock, or an older count could be published after a newer one.
        is_up = own.breaker.admits and self._reachable(own.name) is not False
        queue = min(own.under_way, scales.MOST_COUNT)
        readings = {"up": is_up, "queue": queue, **measured}
        named = {f"{own.name}.{signal}": value for signal, value in readings.items()}
        self._board.publish(named, good_for=3 * self._interval)


class Attempt:
    """A request to a target, under way.

    As a context it ends by itself: an `Exception` inside is a failure; another exception
    (`CancelledError` of asyncio, `GeneratorExit`) means that the caller went away.
    """

    def __init__(self, health: Health, target: str, entered: Pass, began: float) -> None:
        self._health, self.target, self._entered, self._began = health, target, entered, began
        self._status: int | None = None
        self._headers = _NO_HEADERS
        self._is_answered = self._is_over = False

    def answer(self, status: int | None = None, headers: Mapping[str, str] = _NO_HEADERS) -> None:
        """The head of the answer came.  Streams go on; `rate_left` is read from the headers.

        Status 408, 425, 429 and those from 500 on are failures of the target; other refusals
        are the caller's.
        """
        self._status, self._headers = status, headers
        if not self._is_answered and not self._is_failure:
            self._is_answered = True
            self._health.answered(self.target, self._began)

    def end(self) -> None:
        """It is over, with all of the answer there; the status says how.  Counts once."""
        self.answer(self._status, self._headers)
        self._end(is_good=not self._is_failure)

    def fail(self) -> None:
        """It is over, and failed: no connection, no answer in time, an answer cut short."""
        self._end(is_good=False)

    def abandon(self) -> None:
        """It is over because the caller went away, which says nothing of the target."""
        self._end(is_good=None)

    @property
    def _is_failure(self) -> bool:
        status = self._status
        return status is not None and (status >= 500 or status in _REFUSED)

    def _end(self, is_good: bool | None) -> None:
        if not self._is_over:
            self._is_over = True
            self._health.ended(self.target, self._entered, is_good, self._status, self._headers)

    def __enter__(self) -> Attempt:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.end()
        elif isinstance(error, Exception):
            self.fail()
        else:
            self.abandon()


def _not_known(target: str) -> bool | None:  # noqa: ARG001 (what stands for no prober)
    return None


class _Target:
    """What is remembered of one target."""

    def __init__(self, name: str, breaker: Breaker) -> None:
        self.name, self.breaker = name, breaker
        self.under_way = 0
        self.latencies: Window[float] = Window(_KEPT_SECONDS, _KEPT)
        self.outcomes: Window[bool] = Window(_KEPT_SECONDS, _KEPT)
        self.left, self.left_until = 0, float("-inf")
        self._figures: dict[str, object] = {}
        self._figured = float("-inf")

    def measured(self, now: float) -> dict[str, object]:
        """What was seen of requests that are over; None where nothing is known."""
        rate_left = self.left if now < self.left_until else None
        are_few = min(len(self.latencies), len(self.outcomes)) <= _FEW
        if not are_few and now - self._figured < _FIGURES_SECONDS:
            return {**self._figures, "rate_left": rate_left}
        latency = percentile(self.latencies.values(now), 50)
        outcomes = self.outcomes.values(now)
        self._figured = now
        self._figures = {
            "latency": None if latency is None else scales.duration(latency),
            "errors": scales.ratio(outcomes.count(False) / len(outcomes)) if outcomes else None,
        }
        return {**self._figures, "rate_left": rate_left}
