"""When two policies decide one request otherwise, as terms: `judge` for all requests at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from epol.compiler.diff.judge import COST, counts_tokens, place_of, whole_of
from epol.compiler.diff.kinds import OFF_REQUEST, Kind, Subject
from epol.compiler.diff.treated import Changed, changed_labels
from epol.compiler.smt.formula import Formula
from epol.compiler.smt.lane import CapTerms, Lane
from epol.compiler.smt.terms import Bool, Terms
from epol.compiler.smt.values import Number


@dataclass(frozen=True)
class Asked:
    """A kind of difference in one of some things at least, and when that is so.

    More than one are labels on a target that the same effects treat in either policy.
    """

    kind: Kind
    subjects: tuple[Subject, ...]
    condition: Bool


def conditions(old: Formula, new: Formula) -> tuple[Asked, ...]:
    """All that may differ on one flow (and target); what surely does not is left out."""
    found = _Conditions(old, new).all()
    wanted = Kind if old.flow == "request" else OFF_REQUEST
    return tuple(a for a in found if a.kind in wanted and a.condition is not old.terms.false)


@dataclass(frozen=True)
class _Both:
    """A target of both policies; `permitted` says that both permit it."""

    name: str
    old: Lane
    new: Lane
    permitted: Bool


class _Conditions:
    def __init__(self, old: Formula, new: Formula) -> None:
        self.old, self.new = old, new
        self.terms: Terms = old.terms
        names = [name for name in old.lanes if name in new.lanes]
        self.common = [self._both(name) for name in names]
        self.whole = (whole_of(old.target),)

    def _both(self, name: str) -> _Both:
        old, new = self.old.lanes[name], self.new.lanes[name]
        return _Both(name, old, new, self.terms.both(old.permitted, new.permitted))

    def all(self) -> Iterator[Asked]:
        yield from self._gained(Kind.NEWLY_PERMITTED, self.old, self.new)
        yield from self._places()
        yield from self._gained(Kind.NEWLY_REFUSED, self.new, self.old)
        yield from self._blocked()
        yield from self._routed()
        yield from self._dearer()
        yield from self._order()
        for both in self.common:
            yield from self._of(both)

    # --- permission ------------------------------------------------------------------

    def _gained(self, kind: Kind, before: Formula, after: Formula) -> Iterator[Asked]:
        """Targets that one formula permits and the other does not."""
        for name, lane in after.lanes.items():
            had = before.lanes[name].permitted if name in before.lanes else self.terms.false
            gained = self.terms.both(lane.permitted, self.terms.negation(had))
            yield Asked(kind, (Subject(target=name),), gained)

    def _places(self) -> Iterator[Asked]:
        """Places where some target is permitted, and none was."""
        for place in sorted({place_of(lane.target) for lane in self.new.lanes.values()} - {""}):
            before, after = (self._permitted_at(f, place) for f in (self.old, self.new))
            gained = self.terms.both(after, self.terms.negation(before))
            yield Asked(Kind.NEWLY_PERMITTED, (Subject(place=place),), gained)

    def _permitted_at(self, formula: Formula, place: str) -> Bool:
        lanes = formula.lanes.values()
        return self.terms.any(lane.permitted for lane in lanes if place_of(lane.target) == place)

    def _blocked(self) -> Iterator[Asked]:
        terms, old, new = self.terms, self.old.served, self.new.served
        yield Asked(Kind.NEWLY_BLOCKED, self.whole, terms.both(old, terms.negation(new)))
        yield Asked(Kind.NO_LONGER_BLOCKED, self.whole, terms.both(new, terms.negation(old)))
        served = terms.both(old, new)
        for kind, one, other in (
            (Kind.NEWLY_HELD, self.new, self.old),
            (Kind.NO_LONGER_HELD, self.old, self.new),
        ):
            waits = terms.both(served, one.held, terms.negation(other.held))
            yield Asked(kind, self.whole, waits)

    # --- choice ----------------------------------------------------------------------

    def _routed(self) -> Iterator[Asked]:
        """By NEW's choice: OLD chooses another target."""
        terms = self.terms
        for name, chosen in self.new.chosen.items():
            was = self.old.chosen.get(name, terms.false)
            otherwise = terms.both(chosen, self.old.served, terms.negation(was))
            yield Asked(Kind.ROUTED_ELSEWHERE, (Subject(target=name),), otherwise)

    def _dearer(self) -> Iterator[Asked]:
        for name, dearer in dearer_by(self.old, self.new, 1).items():
            yield Asked(Kind.DEARER, (Subject(target=name),), dearer)

    def _order(self) -> Iterator[Asked]:
        """By pairs, each of which is easier to decide than all."""
        terms = self.terms
        stays = terms.any(
            terms.both(chosen, self.new.chosen.get(name, terms.false))
            for name, chosen in self.old.chosen.items()
        )
        for pair in combinations(self.common, 2):
            swapped = terms.both(stays, self._swapped(*pair))
            yield Asked(Kind.ORDER_CHANGED, self.whole, swapped)

    def _swapped(self, one: _Both, other: _Both) -> Bool:
        """Whether two targets that both permit rank otherwise."""
        before = (formula.before(one.name, other.name) for formula in (self.old, self.new))
        unlike = self.terms.negation(self.terms.same(*before))
        return self.terms.both(one.permitted, other.permitted, unlike)

    # --- a target that both permit ---------------------------------------------------

    def _of(self, both: _Both) -> Iterator[Asked]:
        terms, old, new, own = self.terms, both.old, both.new, (Subject(target=both.name),)
        for kind, condition in (
            (Kind.NEWLY_HELD, terms.both(new.hold, terms.negation(old.hold))),
            (Kind.NO_LONGER_HELD, terms.both(old.hold, terms.negation(new.hold))),
            (Kind.LIMITS_RAISED, _exceeds(terms, new, old)),
            (Kind.LIMITS_LOWERED, _exceeds(terms, old, new)),
        ):
            yield Asked(kind, own, terms.both(both.permitted, condition))
        for changed in changed_labels(old, new, self.old.policy, self.new.policy):
            yield from self._labels(both, changed)

    def _labels(self, both: _Both, changed: Changed) -> Iterator[Asked]:
        subjects = tuple(Subject(target=both.name, label=label) for label in changed.labels)
        for kind, how in (
            (Kind.LESS_TREATED, changed.weaker),
            (Kind.TREATED_OTHERWISE, changed.otherwise),
        ):
            condition = self.terms.both(both.permitted, changed.present, how)
            yield Asked(kind, subjects, condition)


def dearer_by(old: Formula, new: Formula, least: int) -> dict[str, Bool]:
    """By NEW's choice: whether it costs so many millionths of a dollar more than OLD's."""
    if not (counts_tokens(old.policy) and counts_tokens(new.policy)):
        return {}
    terms, elsewhere = old.terms, _cost(old)
    found: dict[str, Bool] = {}
    for name, lane in new.lanes.items():
        cost, chosen = lane.encoder.number(COST), new.chosen[name]
        was = old.chosen.get(name, terms.false)
        moved = terms.both(chosen, terms.negation(was), _above_by(terms, elsewhere, cost, least))
        # Apart, because nothing is to be asked where neither choice nor price has changed.
        stays = terms.false
        if name in old.lanes:
            before = old.lanes[name].encoder.number(COST)
            stays = terms.both(chosen, was, _above_by(terms, before, cost, least))
        found[name] = terms.either(moved, stays)
    return found


def _above_by(terms: Terms, before: Number, after: Number, least: int) -> Bool:
    """Whether two costs are known, and the second is so much more than the first."""
    more = terms.total([before.value, terms.number(least - 1)])
    return terms.both(before.known, after.known, terms.below(more, after.value))


def _cost(formula: Formula) -> Number:
    """What the chosen target costs, known where something with a known cost is chosen."""
    terms, known, total = formula.terms, list[Bool](), formula.terms.number(0)
    for name, lane in formula.lanes.items():
        cost = lane.encoder.number(COST)
        chosen = formula.chosen[name]
        known.append(terms.both(chosen, cost.known))
        total = terms.pick(chosen, cost.value, total)
    return Number(terms.any(known), total)


def _exceeds(terms: Terms, one: Lane, other: Lane) -> Bool:
    """Whether a limit of `other` is wider in `one`, or is none there."""
    caps = (_above(terms, one.caps.get(name), cap) for name, cap in other.caps.items())
    return terms.any([*caps, terms.both(other.restricted, _offers_more(terms, one, other))])


def _above(terms: Terms, one: CapTerms | None, other: CapTerms) -> Bool:
    if one is None:
        return other.present
    above = terms.below(other.value, one.value)
    return terms.both(other.present, terms.either(terms.negation(one.present), above))


def _offers_more(terms: Terms, one: Lane, other: Lane) -> Bool:
    """Whether a target offers a tool that a restricted one does not."""
    more = (
        terms.both(offered, terms.negation(other.tools.get(tool, terms.false)))
        for tool, offered in one.tools.items()
    )
    return terms.either(terms.negation(one.restricted), terms.any(more))
