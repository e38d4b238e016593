"""What two policies decide otherwise on one request: the definition of each kind.

The solver looks for requests by `conditions`, which says the same as terms; whatever it finds is
judged here before anybody believes it, and so is every request of a log.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from epol.compiler.diff.common import KEPT, is_weaker
from epol.compiler.diff.kinds import OFF_REQUEST, WHOLE, Kind, Subject
from epol.lang.builtins import COST_INPUTS
from epol.lang.decision import BLOCK, HOLD, ROUTE, Decision, TargetDecision
from epol.lang.model import Policy, TargetCost, TargetInfo
from epol.lang.request import Request
from epol.lang.semantics import Lane, decide
from epol.lang.source import Source
from epol.lang.types import PLAIN_TYPES

COST = TargetCost(Source("", "target.cost").span(0, 11), PLAIN_TYPES["money"], None)
"""The expression `target.cost` on the target being decided."""

Differences = dict[Kind, tuple[Subject, ...]]
"""The kinds of difference that there are, each with what it is about, sorted."""


@dataclass(frozen=True)
class Side:
    """A policy with a request as it reads it, and with its decision if that is made already."""

    policy: Policy
    request: Request
    made: Decision | None = None

    @cached_property
    def decision(self) -> Decision:
        """What the policy decides; by the reference evaluator if it is not made."""
        return decide(self.policy, self.request) if self.made is None else self.made

    def permits(self, target: str) -> bool:
        """Whether the policy has a target and permits it."""
        return target in self.decision.order

    def places(self) -> set[str]:
        """Where the permitted targets are, those that say it."""
        known = (place_of(self.policy.target(name)) for name in self.decision.order)
        return {place for place in known if place}

    def cost(self) -> int | None:
        """What the request costs on the chosen target, in millionths of a dollar, or unknown."""
        name = self.decision.target
        return None if name is None else self.cost_on(name)

    def cost_on(self, name: str) -> int | None:
        """`target.cost` of language.md §4; unknown too where its inputs are not declared."""
        if not counts_tokens(self.policy):
            return None
        return Lane(self.policy, self.request, self.policy.target(name)).number(COST)


def place_of(target: TargetInfo) -> str:
    """A target's `at`, empty where it is not said."""
    return str(target.fields.get("at", ""))


def counts_tokens(policy: Policy) -> bool:
    """Whether a policy declares the inputs that costs are made of."""
    return all(name in policy.inputs for name in COST_INPUTS)


@dataclass(frozen=True)
class Pair:
    """One request, as two policies read it and decide it."""

    old: Side
    new: Side

    @property
    def flow(self) -> str:
        """The request's flow."""
        return self.old.request.flow

    @cached_property
    def differences(self) -> Differences:
        """Every kind of difference between the two decisions."""
        found: dict[Kind, set[Subject]] = {}
        whole = whole_of(self.old.request.target)
        for kind, subject in self._all():
            if self.flow == "request" or kind in OFF_REQUEST:
                found.setdefault(kind, set()).add(whole if subject == WHOLE else subject)
        return {kind: tuple(sorted(found[kind])) for kind in Kind if kind in found}

    def _all(self) -> Iterator[tuple[Kind, Subject]]:
        yield from self._permission()
        yield from self._choice()
        for name in self.old.decision.order:
            if self.new.permits(name):
                old, new = self.old.decision.targets[name], self.new.decision.targets[name]
                yield from _held(old, new)
                yield from _treated(old, new)
                yield from _limited(old, new)

    def _permission(self) -> Iterator[tuple[Kind, Subject]]:
        old, new = self.old.decision, self.new.decision
        for name in new.order:
            if not self.old.permits(name):
                yield Kind.NEWLY_PERMITTED, Subject(target=name)
        for place in self.new.places() - self.old.places():
            yield Kind.NEWLY_PERMITTED, Subject(place=place)
        for name in old.order:
            if not self.new.permits(name):
                yield Kind.NEWLY_REFUSED, Subject(target=name)
        if (old.status == BLOCK) != (new.status == BLOCK):
            yield Kind.NEWLY_BLOCKED if new.status == BLOCK else Kind.NO_LONGER_BLOCKED, WHOLE

    def _choice(self) -> Iterator[tuple[Kind, Subject]]:
        old, new = self.old.decision, self.new.decision
        if (old.status, new.status) == (ROUTE, HOLD):
            yield Kind.NEWLY_HELD, WHOLE
        if (old.status, new.status) == (HOLD, ROUTE):
            yield Kind.NO_LONGER_HELD, WHOLE
        if old.target is None or new.target is None:
            return
        if old.target != new.target:
            yield Kind.ROUTED_ELSEWHERE, Subject(target=new.target)
        elif [n for n in old.order if n in new.order] != [n for n in new.order if n in old.order]:
            yield Kind.ORDER_CHANGED, WHOLE
        before, after = self.old.cost(), self.new.cost()
        if before is not None and after is not None and after > before:
            yield Kind.DEARER, Subject(target=new.target)


def whole_of(producer: str | None) -> Subject:
    """The whole request; off the flow `request` that is what one target produced."""
    return WHOLE if producer is None else Subject(target=producer)


def _held(old: TargetDecision, new: TargetDecision) -> Iterator[tuple[Kind, Subject]]:
    if old.hold != new.hold:
        yield Kind.NEWLY_HELD if new.hold else Kind.NO_LONGER_HELD, Subject(target=new.name)


def _treated(old: TargetDecision, new: TargetDecision) -> Iterator[tuple[Kind, Subject]]:
    for label in {*old.treatments, *new.treatments}:
        before, after = old.treatments.get(label, KEPT), new.treatments.get(label, KEPT)
        subject = Subject(target=new.name, label=label)
        if is_weaker(after, before):
            yield Kind.LESS_TREATED, subject
        elif after != before:
            yield Kind.TREATED_OTHERWISE, subject


def _limited(old: TargetDecision, new: TargetDecision) -> Iterator[tuple[Kind, Subject]]:
    if _exceeds(new, old):
        yield Kind.LIMITS_RAISED, Subject(target=new.name)
    if _exceeds(old, new):
        yield Kind.LIMITS_LOWERED, Subject(target=new.name)


def _exceeds(one: TargetDecision, other: TargetDecision) -> bool:
    """Whether a limit of `other` is wider in `one`, or is none there."""
    caps = any(name not in one.caps or one.caps[name] > cap for name, cap in other.caps.items())
    if other.tools is None:
        return caps
    return caps or one.tools is None or not {*one.tools} <= {*other.tools}
