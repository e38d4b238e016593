"""A whole decision as terms: every target, then the ranking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from functools import cached_property

from epol.compiler.smt.blame import unknowns
from epol.compiler.smt.encode import Encoder
from epol.compiler.smt.lane import Lane
from epol.compiler.smt.leaves import TREATMENTS
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Bool, Terms
from epol.compiler.smt.touched import Touched
from epol.compiler.smt.treatments import Groups, Treatments
from epol.lang.model import Policy, RuleInfo, TargetInfo, Treat


@dataclass(frozen=True)
class Variant:
    """How a formula differs from another one: by the request, or by rules that are left out.

    `changed` is what may differ of what is read (see `Leaves`); `dropped` and `untreated`
    are the names of the rules that have no effects, and no treatments.  Of `kept`, if that is
    given, are the only rules that are left.
    """

    of: Formula
    changed: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()
    untreated: frozenset[str] = frozenset()
    kept: frozenset[str] | None = None


@dataclass(frozen=True)
class Earlier:
    """A formula of the policy before an edit, whose rules are as here unless they were touched."""

    formula: Formula
    touched: Touched

    def encoder(self, target: str) -> Encoder | None:
        """What encoded a target that is as it was."""
        if target in self.touched.targets or "lanes" not in vars(self.formula):
            return None
        return self.formula.lanes[target].encoder


class Formula:
    """What a policy decides on one flow for the request that `symbols` stand for.

    Off the flow `request`, `target` is the one that produced the content and the only
    one that is decided.  Nothing is encoded before it is asked for, nor encoded again
    that is as in the formula which this is a `Variant` of.  What it has in common with an
    `earlier` one was encoded there.
    """

    def __init__(
        self,
        policy: Policy,
        symbols: Symbols,
        flow: str = "request",
        target: str | None = None,
        variant: Variant | None = None,
        earlier: Earlier | None = None,
    ) -> None:
        self.policy, self.symbols, self.flow, self.target = policy, symbols, flow, target
        self.terms: Terms = symbols.terms
        self._variant = variant
        if variant is None:
            self.shared = Encoder(symbols, policy)
            self.groups = Groups.on(policy, flow)
        else:
            of = variant.of
            self.shared = Encoder(symbols, policy, None, None, of.shared, variant.changed)
            self.groups = of.groups.without(variant.untreated) if variant.untreated else of.groups
        self._before: dict[tuple[str, str], Bool] = {}
        self._earlier = earlier
        if earlier is not None:
            its = earlier.formula.shared
            self.shared.recall(its, treatments=False, labels=earlier.touched.labels)

    @cached_property
    def rules(self) -> tuple[RuleInfo, ...]:
        """The rules of the flow that have effects."""
        variant = self._variant
        if variant is None:
            return tuple(rule for rule in self.policy.rules if self.flow in rule.flows)
        if variant.kept is None:
            return tuple(rule for rule in variant.of.rules if rule.name not in variant.dropped)
        kept = variant.of.places_of(variant.kept)
        return tuple(variant.of.rules[place] for place in sorted(kept))

    def places_of(self, rules: Iterable[str]) -> list[int]:
        """The places of the named rules among those of the formula; some may have none."""
        return [self._places[name] for name in rules if name in self._places]

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {rule.name: place for place, rule in enumerate(self.rules)}

    @cached_property
    def treating(self) -> frozenset[str]:
        """The names of the rules that treat."""
        if self._variant is not None:
            return self._variant.of.treating
        treats = (r.name for r in self.policy.rules if any(isinstance(e, Treat) for e in r.effects))
        return frozenset(treats)

    @cached_property
    def _treats_otherwise(self) -> bool:
        """Whether labels are treated otherwise than in the earlier policy."""
        assert self._earlier is not None
        mine, its = (_treating(each.policy) for each in (self, self._earlier.formula))
        return mine != its

    def on(self, symbols: Symbols, changed: frozenset[str]) -> Formula:
        """What is decided on another request, which differs in `changed` (see `Leaves`)."""
        variant = Variant(self, changed)
        return Formula(self.policy, symbols, self.flow, self.target, variant)

    def keeping(self, rules: frozenset[str]) -> Formula:
        """What is decided without the rules that are not named."""
        return self._varied(Variant(self, untreated=self.treating - rules, kept=rules))

    def without(self, rules: Set[str]) -> Formula:
        """What is decided without some rules."""
        dropped = frozenset(rules)
        return self._varied(Variant(self, dropped=dropped, untreated=dropped & self.treating))

    def untreated(self, rules: Set[str]) -> Formula:
        """What is decided without the treatments of some rules."""
        return self._varied(Variant(self, untreated=frozenset(rules)))

    def _varied(self, variant: Variant) -> Formula:
        if variant.untreated:
            variant = replace(variant, changed=frozenset([TREATMENTS]))
        return Formula(self.policy, self.symbols, self.flow, self.target, variant)

    @cached_property
    def lanes(self) -> Mapping[str, Lane]:
        """The targets that are decided, by name, in the order of declaration."""
        return {target.name: self._lane(target) for target in self._targets()}

    def _targets(self) -> tuple[TargetInfo, ...]:
        if self.flow == "request":
            return self.policy.targets
        return tuple(target for target in self.policy.targets if target.name == self.target)

    def _lane(self, target: TargetInfo) -> Lane:
        variant = self._variant
        base = None if variant is None else variant.of.lanes[target.name]
        dropped = frozenset[str]() if variant is None else variant.dropped
        if variant is None or variant.kept is not None:
            rules, whole, like = self.rules, None, base
        else:
            rules, whole, like = (), base, None
        if base is not None and variant is not None and not variant.changed:
            return Lane(base.encoder, base.treatments, rules, self.flow, whole, dropped, like)
        encoder = Encoder(
            self.symbols,
            self.policy,
            target,
            self.shared,
            None if base is None else base.encoder,
            frozenset() if variant is None else variant.changed,
        )
        earlier = None if self._earlier is None else self._earlier.encoder(target.name)
        if earlier is not None:
            encoder.recall(earlier, treatments=self._treats_otherwise)
        treatments = Treatments(encoder, self.groups)
        encoder.treatments = treatments
        return Lane(encoder, treatments, rules, self.flow, whole, dropped, like)

    def before(self, one: str, other: str) -> Bool:
        """Whether a target ranks before another one, if both are permitted."""
        key = one, other
        if key not in self._before:
            names = list(self.lanes)
            scores = self.lanes[other].score, self.lanes[one].score
            declared_first = names.index(one) < names.index(other)
            compare = self.terms.at_most if declared_first else self.terms.below
            self._before[key] = compare(*scores)
        return self._before[key]

    @cached_property
    def chosen(self) -> Mapping[str, Bool]:
        """By target: whether it is permitted, and ranks before all others that are."""
        return {name: self._chosen(name) for name in self.lanes}

    def _chosen(self, name: str) -> Bool:
        permitted = self.lanes[name].permitted
        others = (other for other in self.lanes if other != name)
        first = (
            self.terms.implies(self.lanes[other].permitted, self.before(name, other))
            for other in others
        )
        if permitted is self.terms.false:
            return permitted
        return self.terms.both(permitted, *first)

    @cached_property
    def served(self) -> Bool:
        """Whether some target is permitted."""
        return self.terms.any(lane.permitted for lane in self.lanes.values())

    @cached_property
    def held(self) -> Bool:
        """Whether the chosen target is held."""
        return self.terms.any(
            self.terms.both(chosen, self.lanes[name].hold) for name, chosen in self.chosen.items()
        )

    def unknowns(self, target: str, labels: frozenset[str] | None = None) -> Mapping[str, Bool]:
        """By name: whether its being unknown mattered on a target; of `labels`, or of all."""
        return unknowns(self.lanes[target], self.policy, labels)


def _treating(policy: Policy) -> list[int]:
    """The rules that treat, by identity."""
    return [id(r) for r in policy.rules if any(isinstance(e, Treat) for e in r.effects)]
