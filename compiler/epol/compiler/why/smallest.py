"""The fewest facts that must change, by cores of what cannot stay as it is together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from epol.compiler.smt.solver import Possible, Undecided
from epol.compiler.smt.terms import Bool
from epol.compiler.why.asking import OUT_OF_TIME, Asking
from epol.compiler.why.facts import Fact

MOST_FACTS = 4
"""So many facts are changed at once at most."""

Way = tuple[Fact, ...]
"""Facts that are changed together."""


class Smallest:
    """The smallest sets of facts whose change alone reaches a goal: one of them, or single ones.

    A core is facts of which one must change.  Only a set that meets every core can do, so the
    smallest such set is tried next; it does, or it gives another core.  What is not known when
    the time is over can be looked for again.

    `is_impossible` and `is_far` (more than `MOST_FACTS` would have to change at once) are
    proved; `open` says why no more is known.
    """

    def __init__(self, asking: Asking, goal: Bool, facts: Sequence[Fact]) -> None:
        self._asking, self._goal, self._facts = asking, goal, facts
        self._of = {fact.same: fact for fact in facts}
        self._place = {fact: place for place, fact in enumerate(facts)}
        self._cores: list[frozenset[Fact]] = []
        self._tried: set[frozenset[Fact]] = set()
        self._size = 0
        self.found: list[Way] = []
        self.is_impossible, self.is_far = goal.constant is False, False
        self.open: str | None = None

    def look(self, most: int = 1) -> None:
        """Look until so many ways are found in all; there is one at most of several facts."""
        self.open = None
        while not (self.is_impossible or self.is_far or self.open) and len(self.found) < most:
            if self.found and self._size > 1:
                return
            free = next((each for each in self._meeting() if each not in self._tried), None)
            if self._asking.left <= 0:
                self.open = OUT_OF_TIME
            elif free is not None:
                self._try(free)
            elif self.found:
                return
            else:
                self._size += 1
                self.is_far = self._size > MOST_FACTS

    def _try(self, free: frozenset[Fact]) -> None:
        """Ask whether changing some facts is enough."""
        pinned = (fact.same for fact in self._facts if fact not in free)
        answer = self._asking.ask(self._goal, *pinned)
        if isinstance(answer, Undecided):
            self.open = answer.reason
            return
        self._tried.add(free)
        if isinstance(answer, Possible):
            self.found.append(tuple(sorted(free, key=self._place.__getitem__)))
        else:
            core = frozenset(self._of[each] for each in answer.core if each in self._of)
            self._cores.append(core)
            self.is_impossible = not core

    def _meeting(self) -> Iterator[frozenset[Fact]]:
        """Sets of the present size that meet every core, those of near facts first."""
        yield from self._extended(frozenset(), self._size)

    def _extended(self, chosen: frozenset[Fact], left: int) -> Iterator[frozenset[Fact]]:
        missed = [core for core in self._cores if not core & chosen]
        if not missed:
            if left == 0:
                yield chosen
            return
        if left and self._asking.left > 0:
            fewest: frozenset[Fact] = min(missed, key=len)
            for fact in sorted(fewest, key=self._place.__getitem__):
                yield from self._extended(chosen | {fact}, left - 1)
