"""The fewest wishes that must be given up so that the rest can be had together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from epol.compiler.smt.answers import Answer, Possible, Undecided
from epol.compiler.smt.terms import Bool

MOST_AT_ONCE = 4
"""So many wishes are given up at once at most."""

Ask = Callable[[Sequence[Bool]], Answer]
"""Whether some wishes can be had together, beside what is required anyway."""

OUT_OF_TIME = "the time for it was used up"


class Fewest:
    """The smallest sets of wishes to give up, found one after the other.

    A core is wishes that cannot be had together, so one of them must be given up.  Only a set
    that meets every core can do, so the smallest such set is tried next; it does, or it gives
    another core.  Of sets of one size, that of earlier wishes comes first.  What is not known
    when the time is over can be looked for again.

    `is_impossible` (whatever is given up) and `is_far` (more than `MOST_AT_ONCE` would have to
    be) are proved; `open` says why no more is known.
    """

    def __init__(self, ask: Ask, wishes: Sequence[Bool], is_over: Callable[[], bool]) -> None:
        self._ask, self._wishes, self._is_over = ask, tuple(wishes), is_over
        self._place = {wish: place for place, wish in enumerate(wishes)}
        self._tried: set[frozenset[Bool]] = set()
        self._size = 0
        self.cores: list[frozenset[Bool]] = []
        self.found: list[tuple[Bool, ...]] = []
        self.is_impossible = self.is_far = False
        self.open: str | None = None

    def look(self, most: int = 1) -> None:
        """Look until so many sets are found in all: one, or several of a single wish."""
        self.open = None
        while not (self.is_impossible or self.is_far or self.open) and len(self.found) < most:
            if self.found and self._size != 1:
                return
            free = next((each for each in self._meeting() if each not in self._tried), None)
            if self._is_over():
                self.open = OUT_OF_TIME
            elif free is not None:
                self._try(free)
            elif self.found:
                return
            else:
                self._size += 1
                self.is_far = self._size > MOST_AT_ONCE

    def _try(self, free: frozenset[Bool]) -> None:
        """Ask whether giving up some wishes is enough."""
        answer = self._ask([wish for wish in self._wishes if wish not in free])
        if isinstance(answer, Undecided):
            self.open = answer.reason
            return
        self._tried.add(free)
        if isinstance(answer, Possible):
            self.found.append(tuple(sorted(free, key=self._place.__getitem__)))
        else:
            core = frozenset(wish for wish in answer.core if wish in self._place)
            self.cores.append(core)
            self.is_impossible = not core

    def _meeting(self) -> Iterator[frozenset[Bool]]:
        """Sets of the present size that meet every core."""
        yield from self._extended(frozenset(), self._size)

    def _extended(self, chosen: frozenset[Bool], left: int) -> Iterator[frozenset[Bool]]:
        missed = [core for core in self.cores if not core & chosen]
        if not missed:
            if left == 0:
                yield chosen
            return
        if left and not self._is_over():
            fewest: frozenset[Bool] = min(missed, key=len)
            for wish in sorted(fewest, key=self._place.__getitem__):
                yield from self._extended(chosen | {wish}, left - 1)
