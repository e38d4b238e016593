"""The value nearest to the present one that a number can have, exactly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from epol.compiler.smt.answers import Possible
from epol.compiler.smt.terms import Bool, Int, Terms, Values
from epol.compiler.why.asking import Asking
from epol.compiler.why.facts import Number

Sign = int
"""1 for more than now, -1 for less."""


@dataclass(frozen=True)
class Edge:
    """A value, the side of the present one that it lies on, and a whole solution with it."""

    value: int
    sign: Sign
    values: Values


def nearest(
    asking: Asking, terms: Terms, conditions: Sequence[Bool], number: Number, sign: Sign
) -> Edge | None:
    """The nearest value on one side for which conditions hold; None if there is none.

    What is not known is nearest its lowest value.  Where the time runs out it is the nearest
    that was found.  No value lies between: each half of the distance is asked about.
    """
    start = number.low - 1 if number.now is None else number.now
    most = number.high - start if sign > 0 else start - number.low

    def ask(distance: int) -> Edge | None:
        near = _within(terms, number.term, start, sign, distance)
        return _at(asking, terms, [*conditions, *near], number.term, sign)

    found = ask(most) if most > 0 else None
    return found if found is None else _nearer(found, start, ask)


def _nearer(found: Edge, start: int, ask: Callable[[int], Edge | None]) -> Edge:
    """Asks next to the best one first, which is the edge more often than not; then halves."""
    none_within, step = 0, 1
    while (distance := abs(found.value - start)) - none_within > 1:
        asked = distance - 1 if step == 1 else (none_within + distance) // 2
        nearer = ask(asked)
        if nearer is None:
            none_within = asked
        else:
            found = nearer
        step += 1
    return found


def _within(terms: Terms, term: Int, start: int, sign: Sign, distance: int) -> list[Bool]:
    ends = sorted((start + sign, start + sign * distance))
    low, high = (terms.number(end) for end in ends)
    return [terms.at_most(low, term), terms.at_most(term, high)]


def _at(
    asking: Asking, terms: Terms, conditions: Sequence[Bool], term: Int, sign: Sign
) -> Edge | None:
    answer = asking.ask(*conditions, values=True)
    if not isinstance(answer, Possible):
        return None
    value = terms.evaluated([term], answer.values)[term]
    return Edge(int(value), sign, answer.values)
