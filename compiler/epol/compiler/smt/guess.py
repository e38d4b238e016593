"""A guess at a request on which something holds, without the solver.

The term is walked from the top: what must hold of its operands follows, and where there
is a choice one is taken at random.  What is so already is left alone, so that a step taken
later may undo it: then the walk begins again from where it has come to.  A guess may be
wrong; `Samples` tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial, reduce
from random import Random

from epol.compiler.smt.samples import Samples
from epol.compiler.smt.terms import Bool, Int, Op, Term, Values

MOST_STEPS = 400
"""So much is taken on or tried in one guess; a longer search is the solver's work."""

MOST_WALKS = 3
"""How often a guess begins again, because one step has undone another."""

_FAR = 2**200  # beyond every value of a policy, so that it stands for no bound
Bounds = Mapping[Int, tuple[int, int]]


class _TooLongError(Exception):
    """The guess has taken `MOST_STEPS`."""


class Unknowns:
    """Which unknowns the value of a term depends on, as bits."""

    def __init__(self) -> None:
        self._bits: dict[Term, int] = {}
        self._count = 0

    def below(self, term: Term) -> int:
        """The unknowns of a term; without recursion, for terms may be deep."""
        known = self._bits
        if term in known:
            return known[term]
        waiting = [term]
        while waiting:
            each = waiting[-1]
            missing = [operand for operand in each.operands if operand not in known]
            if missing and each not in known:
                waiting += missing
                continue
            waiting.pop()
            if each not in known:
                known[each] = self._own(each)
        return known[term]

    def _own(self, term: Term) -> int:
        if term.op is Op.UNKNOWN:
            self._count += 1
            return 1 << self._count
        return reduce(int.__or__, (self._bits[each] for each in term.operands), 0)


class Guesser:
    """Guesses at requests that differ from one of them, the `base`, where they must.

    `bounds` are the least and the greatest value of every unknown integer.
    """

    def __init__(self, base: Values, bounds: Bounds, unknowns: Unknowns, rng: Random) -> None:
        self.base, self.bounds, self.unknowns, self.rng = base, bounds, unknowns, rng
        self._samples = Samples([base])
        self._plain: dict[Term, int] = {}

    def plain(self, term: Term) -> int:
        """The value of a term on the base; a truth value as 0 or 1."""
        found = self._plain.get(term)
        if found is None:
            samples = self._samples
            found = samples.holds(term) if isinstance(term, Bool) else samples.number(term)[0]
            self._plain[term] = found
        return found

    def guess(self, goal: Bool) -> Values | None:
        """Values of all unknowns, those of the base where the goal does not ask for others.

        None if there was no way to meet the goal among those that were tried.
        """
        attempt = _Attempt(self)
        try:
            for _ in range(MOST_WALKS):
                if not attempt.truth(goal, wanted=True):
                    return None
                if attempt.now(goal):
                    return {**self.base, **attempt.taken}
        except (_TooLongError, RecursionError):
            return None
        return None


class _Attempt:
    """What was taken on so far; `taken` shrinks again where a way leads nowhere."""

    def __init__(self, guesser: Guesser) -> None:
        self._guesser, self._rng = guesser, guesser.rng
        self.taken: dict[Term, bool | int] = {}
        self._touched, self._steps = 0, 0
        self._values: dict[Term, int] = {}

    def _take(self, term: Term, value: bool | int) -> bool:
        """Take on the value of an unknown; whether it fits what was taken on before."""
        if term in self.taken:
            return self.taken[term] == value
        self._touched |= self._guesser.unknowns.below(term)
        self._values.clear()
        self.taken[term] = value
        return True

    def _step(self) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise _TooLongError

    def _one_of(self, ways: Iterable[Callable[[], bool]]) -> bool:
        """The first way that leads somewhere; what a dead end had taken on is dropped."""
        for way in ways:
            before = len(self.taken)
            if way():
                return True
            for term in list(self.taken)[before:]:
                del self.taken[term]
                self._values.clear()
        return False

    def _shuffled(self, terms: Iterable[Term]) -> list[Term]:
        order = list(terms)
        self._rng.shuffle(order)
        return order

    # --- truth values ----------------------------------------------------------------

    def truth(self, term: Term, *, wanted: bool) -> bool:
        """Take on what makes a term true, or false."""
        if self.now(term) == wanted:
            return True
        self._step()
        match term.op:
            case Op.CONSTANT:
                return False
            case Op.UNKNOWN:
                return self._take(term, wanted)
            case Op.NOT:
                return self.truth(term.operands[0], wanted=not wanted)
            case Op.ALL | Op.ANY:
                return self._joined(term, wanted=wanted)
            case Op.SAME | Op.CHOICE:
                return self._one_of(self._ways(term, wanted=wanted))
            case Op.EQUAL if wanted:
                return self._aligned(term.operands, lambda value: (value, value))
            case Op.EQUAL:
                return self._unequal(term.operands)
            case _:
                return self._ordered(*term.operands, wanted=wanted)

    def _joined(self, term: Term, *, wanted: bool) -> bool:
        if (term.op is Op.ALL) == wanted:
            return all(self.truth(each, wanted=wanted) for each in term.operands)
        # What is so already is best: nothing has to be changed for it.
        order = sorted(self._shuffled(term.operands), key=lambda t: bool(self.now(t)) != wanted)
        return self._one_of(partial(self.truth, each, wanted=wanted) for each in order)

    def _ways(self, term: Term, *, wanted: bool) -> Iterator[Callable[[], bool]]:
        for value in self._rng.sample((True, False), 2):
            if term.op is Op.SAME:
                one, other = term.operands
                yield partial(self._pair, one, value, other, value == wanted)
            else:
                test, yes, no = term.operands
                yield partial(self._pair, test, value, yes if value else no, wanted)

    def _pair(self, one: Term, value: bool, other: Term, its_value: bool) -> bool:
        return self.truth(one, wanted=value) and self.truth(other, wanted=its_value)

    # --- integers --------------------------------------------------------------------

    def _ordered(self, low: Term, high: Term, *, wanted: bool) -> bool:
        """low ≤ high, or low > high."""
        if wanted:
            return self._one_of(
                (
                    lambda: self._within(low, -_FAR, self.now(high)),
                    lambda: self._within(high, self.now(low), _FAR),
                )
            )
        return self._one_of(
            (
                lambda: self._within(low, self.now(high) + 1, _FAR),
                lambda: self._within(high, -_FAR, self.now(low) - 1),
            )
        )

    def _unequal(self, pair: tuple[Term, ...]) -> bool:
        low, high = self._shuffled(pair)
        return self._one_of(
            (
                lambda: self._ordered(high, low, wanted=False),
                lambda: self._ordered(low, high, wanted=False),
            )
        )

    def _aligned(self, pair: tuple[Term, ...], bounds: Callable[[int], tuple[int, int]]) -> bool:
        """Bring one of two integers to where the other is."""
        one, other = pair
        return self._one_of(
            (
                lambda: self._within(one, *bounds(self.now(other))),
                lambda: self._within(other, *bounds(self.now(one))),
            )
        )

    def _within(self, term: Term, low: int, high: int) -> bool:
        """Take on what brings an integer between two bounds, both included."""
        self._step()
        if low <= self.now(term) <= high:
            return True
        if low > high:
            return False
        match term.op:
            case Op.CONSTANT:
                return False
            case Op.UNKNOWN:
                return self._place(term, low, high)
            case Op.PICK:
                return self._picked(term, low, high)
            case Op.SUM:
                return self._summed(term, low, high)
            case Op.PRODUCT:
                factor = int(term.operands[0].constant or 0)
                ends = (low, high) if factor > 0 else (high, low)
                return self._within(term.operands[1], -(-ends[0] // factor), ends[1] // factor)
            case _:
                divisor = int(term.operands[1].constant or 1)
                return self._within(term.operands[0], low * divisor, (high + 1) * divisor - 1)

    def _place(self, term: Term, low: int, high: int) -> bool:
        """An unknown keeps its value if it can, and else goes to the nearer bound."""
        assert isinstance(term, Int)
        least, most = self._guesser.bounds.get(term, (-_FAR, _FAR))
        value = min(max(self.now(term), low, least), high, most)
        fits = low <= value <= high and least <= value <= most
        return fits and self._take(term, value)

    def _picked(self, term: Term, low: int, high: int) -> bool:
        test, yes, no = term.operands
        branches = self._rng.sample(((True, yes), (False, no)), 2)
        return self._one_of(
            partial(self._branch, test, value, branch, low, high) for value, branch in branches
        )

    def _branch(self, test: Term, value: bool, branch: Term, low: int, high: int) -> bool:
        return self.truth(test, wanted=value) and self._within(branch, low, high)

    def _summed(self, term: Term, low: int, high: int) -> bool:
        """One operand makes up for what the others are now."""
        total = self.now(term)
        order = self._shuffled(term.operands)
        rests = [total - self.now(each) for each in order]
        return self._one_of(
            partial(self._within, each, low - rest, high - rest)
            for each, rest in zip(order, rests, strict=True)
        )

    # --- what holds now --------------------------------------------------------------

    def now(self, term: Term) -> int:
        """The value of a term as things stand; a truth value as 0 or 1."""
        found = self._values.get(term)
        if found is None:
            if self._guesser.unknowns.below(term) & self._touched:
                found = self._computed(term)
            else:
                found = self._guesser.plain(term)
            self._values[term] = found
        return found

    def _computed(self, term: Term) -> int:
        match term.op:
            case Op.CONSTANT:
                return int(term.constant or 0)
            case Op.UNKNOWN:
                return int(self.taken[term] if term in self.taken else self._guesser.base[term])
            case Op.PICK | Op.CHOICE:
                test, yes, no = term.operands
                return self.now(yes if self.now(test) else no)
            case Op.ALL:
                return int(all(self.now(each) for each in term.operands))
            case Op.ANY:
                return int(any(self.now(each) for each in term.operands))
            case _:
                return _APPLIED[term.op]([self.now(each) for each in term.operands])


_APPLIED: Mapping[Op, Callable[[list[int]], int]] = {
    Op.NOT: lambda items: 1 - items[0],
    Op.SAME: lambda items: int(items[0] == items[1]),
    Op.EQUAL: lambda items: int(items[0] == items[1]),
    Op.AT_MOST: lambda items: int(items[0] <= items[1]),
    Op.SUM: sum,
    Op.PRODUCT: lambda items: items[0] * items[1],
    Op.QUOTIENT: lambda items: items[0] // items[1],
}
