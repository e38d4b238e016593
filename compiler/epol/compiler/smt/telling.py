"""Requests that tell a policy from one that differs in its rules, or the proof of there being none.

Two policies differ where `same as` says so, or in the tags of a permitted target; where nothing is
permitted, in the tags of any, for that is what `expect tag` looks at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from epol.compiler.places import Place, places
from epol.compiler.smt.answers import Impossible, Undecided
from epol.compiler.smt.difference import differs
from epol.compiler.smt.formula import Formula
from epol.compiler.smt.reaching import Ground, Reached, Reacher, Wish
from epol.compiler.smt.terms import Bool
from epol.lang.model import Policy
from epol.lang.request import Request


def tell_apart(
    reacher: Reacher, other: Policy, flows: Iterable[str], budget: float
) -> Request | Undecided | None:
    """A plain request that is decided differently on one of some flows; None if there is none.

    Best is one that goes elsewhere, then one that is treated otherwise.  `budget` is in seconds,
    for each question.
    """
    unknown: Undecided | None = None
    for place in places(reacher.policy, flows):
        answer = _on(reacher, other, place, budget)
        if isinstance(answer, Reached):
            assert answer.request is not None
            return answer.request
        if isinstance(answer, Undecided):
            unknown = answer
    return unknown


def _on(
    reacher: Reacher, other: Policy, place: Place, budget: float
) -> Reached | Impossible | Undecided:
    changed = Formula(other, reacher.ground(place).symbols, *place)

    def wish(ground: Ground) -> Bool:
        return ground.terms.any(_differences(ground.formula, changed))

    found = reacher.can(place, wish, budget)
    if not isinstance(found, Reached):
        return found
    return reacher.reach(place, [*_better(changed), wish], budget)


def _better(changed: Formula) -> Iterator[Wish]:
    """Differences that a test can say, the plainest first."""
    yield lambda ground: ground.terms.any(_goes_elsewhere(ground.formula, changed))
    yield lambda ground: ground.terms.any(_is_treated_otherwise(ground.formula, changed))
    yield lambda ground: ground.terms.any(_tags(ground.formula, changed))


def _differences(one: Formula, other: Formula) -> Iterator[Bool]:
    yield differs(one, other)
    yield from _tags(one, other)


def _goes_elsewhere(one: Formula, other: Formula) -> Iterator[Bool]:
    """Whether another target is chosen, or the chosen one is held in one of the two only."""
    for name, chosen in one.chosen.items():
        yield _unlike(one, chosen, other.chosen[name])
    yield _unlike(one, one.held, other.held)


def _is_treated_otherwise(one: Formula, other: Formula) -> Iterator[Bool]:
    """Whether a label has another treatment on a target that is permitted."""
    for name, lane in one.lanes.items():
        for label in one.policy.treating.keys() | other.policy.treating.keys():
            mine, its = (f.lanes[name].treatments.detail(label) for f in (one, other))
            if mine.treatment is not its.treatment:
                found = lane.encoder.found(frozenset([label]), None)
                same = one.terms.equal(mine.treatment, its.treatment)
                yield one.terms.both(lane.permitted, found.must, one.terms.negation(same))


def _tags(one: Formula, other: Formula) -> Iterator[Bool]:
    terms, nowhere = one.terms, one.terms.negation(one.served)
    for name, lane in one.lanes.items():
        for tag in sorted({*lane.tags, *other.lanes[name].tags}):
            has = (formula.lanes[name].tags.get(tag, terms.false) for formula in (one, other))
            unlike = _unlike(one, *has)
            yield terms.both(unlike, terms.either(lane.permitted, nowhere))


def _unlike(formula: Formula, one: Bool, other: Bool) -> Bool:
    return formula.terms.negation(formula.terms.same(one, other))
