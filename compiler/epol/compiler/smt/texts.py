"""The value of a string input as an integer that is the same before and after an edit.

What a policy compares a string with tells its strings apart into joint outcomes.  The usual
outcome, that nothing matches if there is one, is never named: a glob holds of some numbers, or
of all but some.  So every integer stands for an outcome, those that no policy has given away
for the usual one, and a policy that compares with more or fewer strings reads the other numbers
as before.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from epol.compiler.smt.outcomes import Outcome
from epol.compiler.smt.terms import Bool, Int, Terms
from epol.lang.glob import Glob, is_exact, matches
from epol.lang.model import Value

USUAL = 0
"""The number of the usual outcome; others are above it."""

Reading = tuple[bool, frozenset[int]]
"""Whether a glob matches the usual outcome, and the numbers of the outcomes where it does not as
there."""


@dataclass(frozen=True)
class StringSymbol:
    """Which of the joint outcomes a string has; each of `globs` is asked about somewhere.

    `numbers` are those of the outcomes, in order.
    """

    outcome: Int
    globs: tuple[Glob, ...]
    outcomes: tuple[Outcome, ...]
    numbers: tuple[int, ...]

    def number_of(self, value: Value) -> int:
        """The number of the outcome that a string has."""
        assert isinstance(value, str)
        matched = frozenset(i for i, glob in enumerate(self.globs) if matches(glob, value))
        return next(
            number
            for number, each in zip(self.numbers, self.outcomes, strict=True)
            if each.matched == matched
        )

    def shown(self, number: int) -> str:
        """A string with the outcome that a number stands for."""
        place = self._places.get(number, self._places[USUAL])
        return self.outcomes[place].witness

    @cached_property
    def _places(self) -> dict[int, int]:
        return {number: place for place, number in enumerate(self.numbers)}

    def matches(self, terms: Terms, glob: Glob) -> Bool:
        """Whether the string matches one of `globs`."""
        usually, others = self._readings[glob]
        found = terms.any(self._is(terms, number) for number in sorted(others))
        return terms.negation(found) if usually else found

    @cached_property
    def _readings(self) -> dict[Glob, Reading]:
        return readings(self.globs, self.outcomes, self.numbers)

    def differing(self, other: StringSymbol) -> frozenset[Glob]:
        """The globs that both are asked about, and of which not the same numbers hold in both."""
        mine, its = self._readings, other._readings
        return frozenset(g for g, reading in mine.items() if its.get(g, reading) != reading)

    def has(self, terms: Terms, number: int) -> Bool:
        """Whether the string has the outcome of a number."""
        if number != USUAL:
            return self._is(terms, number)
        others = (each for each in self.numbers if each != USUAL)
        return terms.negation(terms.any(self._is(terms, each) for each in others))

    def _is(self, terms: Terms, number: int) -> Bool:
        return terms.equal(self.outcome, terms.number(number))


def numbered(
    terms: Terms, name: str, globs: Sequence[Glob], outcomes: Sequence[Outcome]
) -> tuple[int, ...]:
    """The numbers of the outcomes of an input, which are the same wherever they mean the same.

    That is, of one string alone, or of what some globs with wildcards match and nothing narrower.
    """
    usual = next((i for i, each in enumerate(outcomes) if not each.matched), 0)
    exact = {which for which, glob in enumerate(globs) if is_exact(glob)}
    wider = _wider(exact, outcomes)

    def meaning(matched: frozenset[int]) -> object:
        one = next(iter(matched & exact), None)
        if one is not None:
            return globs[one]
        wide = frozenset[int]().union(*(wider[which] for which in matched))
        return frozenset(globs[which] for which in matched - wide)

    return tuple(
        USUAL if place == usual else terms.place(name, meaning(each.matched))
        for place, each in enumerate(outcomes)
    )


def _wider(exact: Set[int], outcomes: Sequence[Outcome]) -> dict[int, frozenset[int]]:
    """For each glob with wildcards those that match all that it does; of two alike, the first."""
    found: dict[int, frozenset[int]] = {}
    for each in outcomes:
        wild = each.matched - exact
        for which in wild:
            found[which] = found.get(which, wild) & wild
    return {
        which: frozenset(w for w in always if w != which and (w < which or which not in found[w]))
        for which, always in found.items()
    }


def readings(
    globs: Sequence[Glob], outcomes: Sequence[Outcome], numbers: Sequence[int]
) -> dict[Glob, Reading]:
    """What each glob says of numbers."""
    usual = next(e.matched for e, number in zip(outcomes, numbers, strict=True) if number == USUAL)
    found: list[set[int]] = [set() for _ in globs]
    for each, number in zip(outcomes, numbers, strict=True):
        for which in each.matched ^ usual:
            found[which].add(number)
    pairs = zip(globs, found, strict=True)
    return {glob: (at in usual, frozenset(of)) for at, (glob, of) in enumerate(pairs)}
