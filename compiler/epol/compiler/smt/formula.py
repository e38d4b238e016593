"""A whole decision as terms: every target, then the ranking."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from epol.compiler.smt.blame import unknowns
from epol.compiler.smt.encode import Encoder
from epol.compiler.smt.lane import Lane
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Bool, Terms
from epol.compiler.smt.treatments import Groups, Treatments
from epol.lang.model import Policy, TargetInfo


class Formula:
    """What a policy decides on one flow for the request that `symbols` stand for.

    Off the flow `request`, `target` is the one that produced the content and the only
    one that is decided.  Nothing is encoded before it is asked for.
    """

    def __init__(
        self, policy: Policy, symbols: Symbols, flow: str = "request", target: str | None = None
    ) -> None:
        self.policy, self.symbols, self.flow, self.target = policy, symbols, flow, target
        self.terms: Terms = symbols.terms
        self.shared = Encoder(symbols, policy)
        self._groups = Groups(policy, flow)
        self._rules = tuple(rule for rule in policy.rules if flow in rule.flows)
        self._before: dict[tuple[str, str], Bool] = {}

    @cached_property
    def lanes(self) -> Mapping[str, Lane]:
        """The targets that are decided, by name, in the order of declaration."""
        return {target.name: self._lane(target) for target in self._targets()}

    def _targets(self) -> tuple[TargetInfo, ...]:
        if self.flow == "request":
            return self.policy.targets
        return tuple(target for target in self.policy.targets if target.name == self.target)

    def _lane(self, target: TargetInfo) -> Lane:
        encoder = Encoder(self.symbols, self.policy, target, self.shared)
        treatments = Treatments(encoder, self._groups)
        encoder.treatments = treatments
        return Lane(encoder, treatments, self._rules, self.flow)

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
