"""Rules that change a decision on some request at hand, seen without a term for each rule.

A rule that alone does something on a request changes what is decided there.  Which rules do what
is computed on all requests at once, so that this costs little more than reading which rules fire.
What is said here is true, and not all that is: `removal` says exactly what a rule changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice

from epol.compiler.smt.formula import Formula
from epol.compiler.smt.lane import Firing, Lane
from epol.compiler.smt.samples import Samples
from epol.compiler.smt.terms import Int
from epol.compiler.smt.treatments import Group
from epol.lang.builtins import Treatment
from epol.lang.model import Block, Cap, Deny, Effect, Hold, Only, Prefer, RuleInfo, Treat

_LOOKS = 4
"""On so many requests it is looked whether a preference changes the order."""


@dataclass
class _Several:
    """On which requests one of several things holds, and on which two of them."""

    one: int = 0
    two: int = 0

    def add(self, bits: int) -> None:
        """One thing more."""
        self.two |= self.one & bits
        self.one |= bits

    @property
    def alone(self) -> int:
        """Where just one holds."""
        return self.one & ~self.two


def mattering(
    formula: Formula, batches: Iterable[tuple[Samples, int]], asked: Iterable[RuleInfo]
) -> frozenset[str]:
    """The names of those rules without which one of some requests is decided otherwise.

    Each batch has the requests that count, as bits.
    """
    every = {rule.name: rule for rule in asked if formula.flow in rule.flows}
    left = dict(every)
    _encode(formula)  # before requests are looked at, so that they say all of it
    for samples, bits in batches:
        for name in list(_seen(formula, samples, bits, left)):
            left.pop(name, None)
    return frozenset(every.keys() - left.keys())


def _encode(formula: Formula) -> None:
    """Encode all that is looked at."""
    firings = (firing for lane in formula.lanes.values() for firing in lane.firings)
    effects = (firing.effect for firing in firings)
    treated = {effect.labels for effect in effects if isinstance(effect, Treat)}
    for labels, _ in (each for some in treated for each in formula.groups.split(some)):
        formula.shared.found(labels, None)


def _seen(
    formula: Formula, samples: Samples, every: int, left: Mapping[str, RuleInfo]
) -> Iterator[str]:
    """Rules that change something, of those that are left, and maybe others."""
    kinds = {type(effect) for rule in left.values() for effect in rule.effects}
    if not kinds:
        return
    looks = {
        name: _Look(formula, lane, samples, every, left) for name, lane in formula.lanes.items()
    }
    for look in looks.values():
        if Treat in kinds:
            yield from look.treating()
        others = (seen(look) for kind, seen in _KINDS.items() if kind in kinds)
        yield from _untreating(formula, chain(*others))
    if formula.flow == "request" and Prefer in kinds:
        yield from _untreating(formula, _reordering(looks))


def _untreating(formula: Formula, rules: Iterable[str]) -> Iterator[str]:
    """Rules that do not treat: without one that does, others may do something else (`sends`)."""
    return (name for name in rules if name not in formula.treating)


@dataclass
class _Look:
    """One target on some requests."""

    formula: Formula
    lane: Lane
    samples: Samples
    every: int
    left: Mapping[str, RuleInfo]
    _levels: dict[tuple[Group, Treatment], int] = field(
        default_factory=dict[tuple[Group, Treatment], int]
    )

    def __post_init__(self) -> None:
        self._refusals = self._fired(Deny, Block, Only)
        self._refused = _several(self._refusals)
        self.permitted = self.every & ~self._refused.one

    def _fired(self, *kinds: type[Effect]) -> Mapping[str, int]:
        """By rule: where one of its effects of some kinds fires; rules that never do are not in."""
        found: dict[str, int] = {}
        holds, every = self.samples.holds, self.every
        for firing in self.lane.firings_that(*kinds):
            bits = holds(firing.fires) & every
            if bits:
                found[firing.rule.name] = found.get(firing.rule.name, 0) | bits
        return found

    def _where(self, firing: Firing) -> int:
        return self.samples.holds(firing.fires) & self.every

    def _of_those_left(self, kind: type[Effect]) -> Iterator[Firing]:
        """The effects of a kind of the rules that are left."""
        return (f for f in self.lane.firings_that(kind) if f.rule.name in self.left)

    def refusing(self) -> Iterator[str]:
        """Rules that alone refuse the target."""
        return _only(self._refusals, self._refused.alone)

    def holding(self) -> Iterator[str]:
        """Rules that alone hold it, where it is permitted."""
        holds = self._fired(Hold)
        return _only(holds, _several(holds).alone & self.permitted)

    def capping(self) -> Iterator[str]:
        """Rules that set a cap lower than any other does."""
        found: dict[str, dict[int, list[tuple[str, int]]]] = {}
        for firing in self.lane.firings_that(Cap):
            bits = self._where(firing) & self.permitted
            if bits and isinstance(firing.effect, Cap):
                by_value = found.setdefault(firing.effect.name, {})
                by_value.setdefault(firing.effect.value, []).append((firing.rule.name, bits))
        for by_value in found.values():
            as_low = _Several()
            for value in sorted(by_value):
                for _, bits in by_value[value]:
                    as_low.add(bits)
                yield from (name for name, bits in by_value[value] if bits & as_low.alone)

    def treating(self) -> Iterator[str]:
        """Rules that alone treat a label so strongly that is found, where it is permitted."""
        for firing in self._of_those_left(Treat):
            bits = self._where(firing) & self.permitted
            if bits and isinstance(firing.effect, Treat) and self._treats(firing.effect, bits):
                yield firing.rule.name

    def _treats(self, effect: Treat, bits: int) -> bool:
        for labels, group in self.formula.groups.split(effect.labels):
            alone = bits & self._alone(group, effect.treatment)
            if alone and alone & self.samples.holds(self.lane.encoder.found(labels, None).may):
                return True
        return False

    def _alone(self, group: Group, level: Treatment) -> int:
        """Where just one effect asks to treat labels at least so strongly."""
        key = group, level
        if key not in self._levels:
            asks, truth = _Several(), self.lane.encoder.truth
            for rule, effect in group.asked:
                if effect.treatment >= level:
                    asks.add(self.samples.holds(truth(rule.condition).may))
            self._levels[key] = asks.alone
        return self._levels[key]

    def adding(self) -> Iterator[tuple[str, int, Int]]:
        """Preferences that fire somewhere: the rule, where, and what each adds to the score."""
        for firing in self._of_those_left(Prefer):
            bits = self._where(firing) & self.permitted
            if bits and firing.points is not None:
                yield firing.rule.name, bits, firing.points


_KINDS: Mapping[type[Effect], Callable[[_Look], Iterator[str]]] = {
    Deny: _Look.refusing,
    Block: _Look.refusing,
    Only: _Look.refusing,
    Hold: _Look.holding,
    Cap: _Look.capping,
}
"""What is looked at where a rule with such an effect is left, besides its treatments."""


def _several(fired: Mapping[str, int]) -> _Several:
    found = _Several()
    for bits in fired.values():
        found.add(bits)
    return found


def _only(fired: Mapping[str, int], alone: int) -> Iterator[str]:
    """The rules that fire somewhere where just one does."""
    return (name for name, bits in fired.items() if bits & alone)


def _reordering(looks: Mapping[str, _Look]) -> Iterator[str]:
    """Rules that change the order of the permitted targets."""
    added: dict[str, dict[str, list[Int]]] = {}
    where: dict[str, int] = {}
    for target, look in looks.items():
        for rule, bits, points in look.adding():
            added.setdefault(rule, {}).setdefault(target, []).append(points)
            where[rule] = where.get(rule, 0) | bits
    for rule, by_target in added.items():
        places = islice(_places(where[rule]), _LOOKS)
        if any(_moves(looks, by_target, place) for place in places):
            yield rule


def _places(bits: int) -> Iterator[int]:
    """The places of the bits that are set, the lowest first."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _moves(looks: Mapping[str, _Look], added: Mapping[str, list[Int]], place: int) -> bool:
    """Whether permitted targets come in another order without what a rule adds to some."""
    scores: dict[str, int] = {}
    without: dict[str, int] = {}
    for target, look in looks.items():
        if look.permitted >> place & 1:
            number = look.samples.number
            scores[target] = number(look.lane.score)[place]
            mine = (number(points)[place] for points in added.get(target, ()))
            without[target] = scores[target] - sum(mine)
    return _ranked(scores) != _ranked(without)


def _ranked(scores: Mapping[str, int]) -> list[str]:
    """Targets by score; of the same, those that are declared first come first."""
    return sorted(scores, key=lambda target: -scores[target])
