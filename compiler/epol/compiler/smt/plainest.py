"""The plainest values that still show what they shall: few wishes given up, round numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from time import thread_time

from epol.compiler.smt.alike import spared
from epol.compiler.smt.answers import Answer, Impossible, Possible, Undecided
from epol.compiler.smt.fewest import OUT_OF_TIME, Fewest
from epol.compiler.smt.samples import Samples
from epol.compiler.smt.solver import Solver
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Bool, Int, Terms
from epol.compiler.smt.wishes import wishes_of

PULL = 750_000
"""Steps that the solver has to say whether one pull can be: about a quarter of a second."""

PATIENCE = 2
"""So many questions may go undecided before no more are asked: what follows is as hard."""

FEWEST = 1_000_000
"""Steps for the fewest wishes that must be given up; most requests need a tenth of it."""

_LOOK = 100
"""Steps that looking whether one set of wishes may do stands for."""


def plainest(
    solver: Solver,
    conditions: Sequence[Bool],
    found: Possible,
    budget: float = 2.0,
    requests: Sequence[Symbols] = (),
    cores: list[frozenset[Bool]] | None = None,
) -> Possible:
    """Values that still meet the conditions, pulled toward what a person would write.

    Of `requests`, or of all that the solver knows, as few as can be seen are not as they are
    best; of those, numbers are round.  A pull that the solver does not decide is given up, and
    after `budget` seconds of this thread the rest.  All else is bounded by the solver's steps,
    so that it is the same however busy the machine is.  `cores` are wishes that could not be had
    together where much the same was asked before; after, they are those of this question.
    """
    asked, deadline = requests or solver.symbols, thread_time() + budget
    return _Plainer(solver, conditions, found, deadline, asked, cores).values()


class _Plainer:
    def __init__(
        self,
        solver: Solver,
        conditions: Sequence[Bool],
        found: Possible,
        deadline: float,
        requests: Sequence[Symbols],
        cores: list[frozenset[Bool]] | None,
    ) -> None:
        self._requests = requests
        self._cores = list[frozenset[Bool]]() if cores is None else cores
        self._solver, self._conditions, self._best = solver, tuple(conditions), found
        self._deadline, self._patience = deadline, PATIENCE
        self._terms: Terms = solver.symbols[0].terms

    def values(self) -> Possible:
        """The plainest that are found in time."""
        wishes = wishes_of(self._requests)
        kept = self._kept([wish.best for wish in wishes])
        for wish in wishes:
            if wish.best not in kept:
                for choice in wish.choices:
                    self._keep_if_possible(kept, choice)
                if wish.number is not None:
                    self._round(kept, wish.number)
        return self._best

    # --- wishes ----------------------------------------------------------------------

    def _kept(self, wishes: list[Bool]) -> dict[Bool, None]:
        """The wishes that can be had together.

        Those of labels that nothing tells from others are one at first, and only if that one
        cannot be had, some each: the solver takes its time over many.
        """
        alike = self._of_spared()
        if alike:
            every = self._terms.all(alike)
            kept = self._together([every, *(each for each in wishes if each not in alike)])
            if every in kept:
                return {**dict.fromkeys(alike), **kept}
        return self._together(wishes)

    def _of_spared(self) -> dict[Bool, None]:
        """That labels which others stand for are known and not found."""
        zero, found = self._terms.number(0), dict[Bool, None]()
        for symbols in self._requests:
            for name in spared(symbols.policies, symbols.labels):
                label = symbols.labels[name]
                found[label.known] = None
                found |= {self._terms.equal(count, zero): None for count in label.counts}
        return found

    def _together(self, wishes: list[Bool]) -> dict[Bool, None]:
        """The wishes without the fewest, of those the last, that must be given up.

        Where the fewest take too long, the last wish of each core gives way.
        """
        search = Fewest(self._ask, wishes[::-1], self._effort(FEWEST))
        search.cores += self._still(wishes)
        search.look()
        self._cores[:] = search.cores
        given_up = set(search.found[0]) if search.found else set[Bool]()
        cores = [] if search.found else search.cores
        while True:
            for core in cores:
                if not core & given_up:
                    given_up.add(next(wish for wish in reversed(wishes) if wish in core))
            kept = dict.fromkeys(wish for wish in wishes if wish not in given_up)
            if search.found:
                return kept
            answer = self._ask(kept)
            if isinstance(answer, Possible):
                return kept
            core = frozenset(answer.core if isinstance(answer, Impossible) else ())
            if core.isdisjoint(kept):
                return self._held(wishes)
            cores = [core.intersection(kept)]

    def _still(self, wishes: Sequence[Bool]) -> list[frozenset[Bool]]:
        """The cores that were known before, if all are such of some of these wishes now."""
        every = frozenset(wishes)
        cores = [core for core in self._cores if core and core <= every]
        some = self._terms.any(
            self._terms.all(wish for wish in wishes if wish in core) for core in cores
        )
        return cores if cores and isinstance(self._ask([some]), Impossible) else []

    def _effort(self, steps: int) -> Callable[[], bool]:
        """Whether so many steps were taken since; asking it is taken for some."""
        looks, end = count(), self._solver.steps + steps
        return lambda: self._solver.steps + _LOOK * next(looks) >= end

    def _held(self, wishes: list[Bool]) -> dict[Bool, None]:
        """The wishes that the best values meet, and those that can be had on top of them."""
        kept = dict.fromkeys(self._met(wishes))
        for wish in wishes:
            if wish not in kept and self._keep_if_possible(kept, wish):
                kept |= dict.fromkeys(self._met(wishes))
        return kept

    def _met(self, facts: Iterable[Bool]) -> list[Bool]:
        """Those of some facts that hold of the best values."""
        samples = Samples([self._best.values])
        return [fact for fact in facts if samples.where(fact)]

    # --- values ----------------------------------------------------------------------

    def _keep_if_possible(self, kept: dict[Bool, None], fact: Bool) -> bool:
        """Keep a fact from now on if it can be beside what is kept."""
        if fact.constant is False:
            return False
        if self._met([fact]) or isinstance(self._ask([*kept, fact]), Possible):
            kept[fact] = None
            return True
        return False

    def _round(self, kept: dict[Bool, None], number: Int) -> None:
        """The first plain number that does while all else stays; else with what must change."""
        plain = list(dict.fromkeys(_near(int(self._best.values[number]))))
        equal = {each: self._terms.equal(number, self._terms.number(each)) for each in plain}
        instead = self._replaced(kept, number, plain)
        if instead is not None:
            kept[equal[instead]] = None
            return
        for fact in equal.values():
            if self._keep_if_possible(kept, fact):
                return

    def _replaced(self, kept: Iterable[Bool], number: Int, choices: list[int]) -> int | None:
        """Take the first number into the best values with which they still meet everything."""
        samples = Samples([{**self._best.values, number: each} for each in choices])
        limits = (each for symbols in self._solver.symbols for each in symbols.constraints)
        values = samples.first(*self._conditions, *kept, *limits)
        if values is None:
            return None
        self._best = Possible(values)
        return int(values[number])

    def _ask(self, conditions: Iterable[Bool]) -> Answer:
        """Whether more can be beside what is asked for; then its values are the best so far."""
        if thread_time() >= self._deadline or not self._patience:
            return Undecided(OUT_OF_TIME)
        answer = self._solver.ask(*self._conditions, *conditions, steps=PULL)
        if isinstance(answer, Possible):
            self._best = answer
        self._patience -= isinstance(answer, Undecided)
        return answer


def _near(value: int) -> Iterator[int]:
    """A number is best zero, then one, then near the found one with few digits."""
    yield from (0, 1)
    for digits in (1, 2, 3):
        size = 10 ** max(len(str(abs(value))) - digits, 0)
        yield from (value // size * size, (value // size + 1) * size)
