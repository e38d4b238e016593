"""A circuit breaker: whether a target that fails should get more requests."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from epol.engine.signals.estimators import Window


class State(Enum):
    """What a breaker lets through."""

    CLOSED = "closed"
    """Everything."""
    OPEN = "open"
    """Nothing, until a pause is over."""
    HALF_OPEN = "half-open"
    """One request at a time, which shows whether the target is back."""


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """When a breaker opens and closes.  Raises ValueError for numbers that make no sense."""

    failures: float = 0.5
    """It opens when at least this share of the last outcomes are failures, ..."""
    least: int = 5
    """... of at least so many outcomes, ..."""
    of: int = 20
    """... at most so many, ..."""
    seconds: float = 60.0
    """... none of them older."""
    pause: float = 1.0
    """Seconds that it stays open first; each time a probe fails, twice as long ..."""
    longest: float = 60.0
    """... up to this."""
    spread: float = 0.2
    """Up to this share of a pause is left out at random, so that many do not probe at once."""
    successes: int = 2
    """It closes after so many probes that succeed in a row."""
    patience: float = 120.0
    """Seconds after which a probe of which nothing was heard counts as failed."""

    def __post_init__(self) -> None:
        if not (0 < self.failures <= 1 and 0 <= self.spread < 1):
            raise ValueError("a share of failures is above 0 and at most 1, a spread below 1")
        if not 1 <= self.least <= self.of or self.successes < 1:
            raise ValueError("least is from 1 to `of`, and successes at least 1")
        if not (min(self.seconds, self.patience) > 0 and 0 < self.pause <= self.longest):
            raise ValueError("seconds, patience and pause are above zero, longest not below pause")


@dataclass(frozen=True, slots=True)
class Pass:
    """What a request goes through with; its outcome counts only where it was let through."""

    era: int
    is_probe: bool


class Breaker:
    """Counts outcomes of one target.  Not safe to share between threads by itself."""

    def __init__(
        self,
        rules: BreakerRules,
        clock: Callable[[], float],
        chance: Callable[[], float] = random.random,  # noqa: S311 (nothing secret)
    ) -> None:
        """`clock` gives seconds that never go back, `chance` a number from 0 to 1."""
        self._rules, self._clock, self._chance = rules, clock, chance
        self._state = State.CLOSED
        # Whatever was let through before the last change says nothing about now.
        self._era = 0
        self._outcomes: Window[bool] = Window(rules.seconds, rules.of)
        self._opened = 0
        self._until = 0.0
        self._good_probes = 0
        self._probe_since: float | None = None

    @property
    def state(self) -> State:
        """What it lets through now."""
        self._pass_time()
        return self._state

    @property
    def admits(self) -> bool:
        """Whether the next request would go through."""
        state = self.state
        return state is State.CLOSED or (state is State.HALF_OPEN and self._probe_since is None)

    def enter(self) -> Pass | None:
        """Let a request through, or not."""
        if not self.admits:
            return None
        is_probe = self._state is State.HALF_OPEN
        if is_probe:
            self._probe_since = self._clock()
        return Pass(self._era, is_probe)

    def leave(self, entered: Pass, is_good: bool | None) -> None:
        """Count the outcome of a request; None is none, as when the caller gave up."""
        self._pass_time()
        if entered.era != self._era:
            return
        if entered.is_probe:
            self._probed(is_good)
        elif is_good is not None:
            self._count(is_good)

    def _pass_time(self) -> None:
        now = self._clock()
        since = self._probe_since
        if since is not None and now - since > self._rules.patience:
            self._open()
        elif self._state is State.OPEN and now >= self._until:
            self._turn(State.HALF_OPEN)

    def _count(self, is_good: bool) -> None:
        now = self._clock()
        self._outcomes.add(now, is_good)
        counted = self._outcomes.values(now)
        bad = counted.count(False)
        if len(counted) >= self._rules.least and bad >= self._rules.failures * len(counted):
            self._open()

    def _probed(self, is_good: bool | None) -> None:
        self._probe_since = None
        if is_good is False:
            self._open()
        elif is_good:
            self._good_probes += 1
            if self._good_probes >= self._rules.successes:
                self._opened = 0
                self._turn(State.CLOSED)

    def _open(self) -> None:
        pause = min(self._rules.pause * 2.0 ** min(self._opened, 60), self._rules.longest)
        self._until = self._clock() + pause * (1 - self._rules.spread * self._chance())
        self._opened += 1
        self._turn(State.OPEN)

    def _turn(self, state: State) -> None:
        self._state = state
        self._era += 1
        self._good_probes = 0
        self._probe_since = None
        self._outcomes = Window(self._rules.seconds, self._rules.of)
