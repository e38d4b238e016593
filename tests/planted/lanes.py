"""What each target makes of each request that is tried, by the reference evaluator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import prod

from epol.lang.builtins import COST_INPUTS, FLOWS, Treatment
from epol.lang.decision import BLOCK, HOLD, ROUTE, Detail
from epol.lang.model import (
    Block,
    Cap,
    Deny,
    Effect,
    Hold,
    Input,
    Only,
    Policy,
    Prefer,
    RuleInfo,
    TargetCost,
    TargetInfo,
    TargetSignal,
    Tools,
    Treat,
)
from epol.lang.request import Request
from epol.lang.semantics import Lane, walk
from tests.planted.domains import Space

Point = tuple[int, ...]
"""One request: which value of its domain each input has, then each label."""


class TooManyError(ValueError):
    """More requests than are worth trying."""


@dataclass(frozen=True)
class View:
    """What one target makes of one request, by the rules that govern the flow.

    `effect` is what a permitted target shows of itself when decisions are compared.
    """

    target: str
    truths: Mapping[str, bool | None]
    refusing: frozenset[str]
    points: Mapping[str, int]
    levels: Mapping[str, Treatment]
    present: frozenset[str]
    effect: tuple[object, ...]
    held: bool

    @property
    def permitted(self) -> bool:
        """Whether no rule refuses the target."""
        return not self.refusing

    @property
    def score(self) -> int:
        """The sum of what the preferences add, in millionths."""
        return sum(self.points.values())


def view(policy: Policy, request: Request, target: TargetInfo) -> View:
    """One target on one request."""
    lane = Lane(policy, request, target)
    fired = [(r, e) for r in lane.rules for e in r.effects if lane.fires(r, e)]
    points: dict[str, int] = {}
    for rule, effect in fired:
        if isinstance(effect, Prefer):
            points[rule.name] = points.get(rule.name, 0) + lane.points(effect)
    held = any(isinstance(effect, Hold) for _, effect in fired)
    return View(
        target.name,
        truths={rule.name: lane.truth(rule.condition) for rule in lane.rules},
        refusing=frozenset(r.name for r, e in fired if isinstance(e, Deny | Block | Only)),
        points=points,
        levels={label: lane.treatment(label) for label in policy.labels},
        present=frozenset(n for n in request.labels if lane.found_one(n) is not False),
        effect=(held, _details(lane.shown_treatments()), _caps(fired), _tools(fired)),
        held=held,
    )


def _details(details: Mapping[str, Detail]) -> tuple[tuple[str, Detail], ...]:
    return tuple(sorted(details.items(), key=lambda item: item[0]))


def _caps(fired: Sequence[tuple[RuleInfo, Effect]]) -> tuple[tuple[str, int], ...]:
    smallest: dict[str, int] = {}
    for _, effect in fired:
        if isinstance(effect, Cap):
            smallest[effect.name] = min(effect.value, smallest.get(effect.name, effect.value))
    return tuple(sorted(smallest.items()))


def _tools(fired: Sequence[tuple[RuleInfo, Effect]]) -> frozenset[str] | None:
    """The tools that all `tools` effects allow; None if there is no such effect."""
    lists = [effect.allowed for _, effect in fired if isinstance(effect, Tools)]
    return lists[0].intersection(*lists) if lists else None


def ranked(views: list[View]) -> list[View]:
    """The permitted targets, best first; `views` are in the order of declaration."""
    return sorted((each for each in views if each.permitted), key=lambda each: -each.score)


def status(views: list[View]) -> str:
    """Whether a request is routed, held or blocked."""
    order = ranked(views)
    return BLOCK if not order else HOLD if order[0].held else ROUTE


def outcome(views: list[View]) -> tuple[object, ...]:
    """What `same as` compares of a decision."""
    return status(views), tuple((each.target, each.effect) for each in ranked(views))


Variant = tuple[frozenset[str] | None, str | None]
"""The rules that are kept (None: all), and the one whose treatments are taken out."""
WHOLE: Variant = (None, None)


class Lanes:
    """All requests of a space under a policy and under parts of its rules; each decided once."""

    def __init__(self, policy: Policy, space: Space, most: int) -> None:
        self.policy, self.space, self.most = policy, space, most
        self.names = (*space.inputs, *space.labels)
        domains = (*space.inputs.values(), *space.labels.values())
        self.sizes = tuple(len(domain) for domain in domains)
        self._parts: dict[Variant, Policy] = {}
        self._views: dict[tuple[Variant, str, str, Point], View] = {}

    # --- requests --------------------------------------------------------------------

    def points(self, fixed: Mapping[int, tuple[int, ...]] | None = None) -> Iterator[Point]:
        """All requests; those places that are `fixed` take only some of their values."""
        chosen = dict(enumerate(tuple(range(size)) for size in self.sizes))
        chosen.update(fixed or {})
        count = prod(len(values) for values in chosen.values())
        if count > self.most:
            raise TooManyError(f"{count} requests are more than {self.most}")
        return product(*chosen.values())

    def points_of(self, target: TargetInfo) -> Iterator[Point]:
        """Requests, one for each that a target could tell apart."""
        unread = set(range(len(self.names))) - set(self.read_by[target.name])
        return self.points(dict.fromkeys(unread, (0,)))

    def flow_points(self) -> Iterator[tuple[str, TargetInfo, Point]]:
        """Every flow, target, and request that the target could tell apart."""
        for target in self.policy.targets:
            for point in self.points_of(target):
                for flow in self.flows:
                    yield flow, target, point

    @cached_property
    def flows(self) -> tuple[str, ...]:
        """The flows that a rule governs."""
        governed = {flow for rule in self.policy.rules for flow in rule.flows}
        return tuple(flow for flow in FLOWS if flow in governed or flow == "request")

    @cached_property
    def read_by(self) -> Mapping[str, tuple[int, ...]]:
        """For each target, the places of what its rules read."""
        return {target.name: tuple(self._reads(target)) for target in self.policy.targets}

    def _reads(self, target: TargetInfo) -> Iterator[int]:
        named = set(self.space.labels)
        for rule in self.policy.rules:
            amounts = [e.amount for e in rule.effects if isinstance(e, Prefer)]
            inner = [e.condition for e in rule.effects if isinstance(e, Only)]
            for expr in (rule.condition, *amounts, *inner):
                for node in walk(expr):
                    match node:
                        case Input(name=name):
                            named.add(name)
                        case TargetSignal(signal=signal):
                            named.add(f"{target.name}.{signal}")
                        case TargetCost():
                            named.update(COST_INPUTS)
                        case _:
                            pass
        return (index for index, name in enumerate(self.names) if name in named)

    def request(self, point: Point, flow: str = "request", producer: str | None = None) -> Request:
        """The request of a point."""
        inputs, labels = self.space.inputs, self.space.labels
        at = iter(point)
        values = {name: domain[next(at)] for name, domain in inputs.items()}
        counts = {name: domain[next(at)] for name, domain in labels.items()}
        known = {name: value for name, value in values.items() if value is not None}
        return Request(flow, producer, known, counts)

    # --- views -----------------------------------------------------------------------

    def view(self, point: Point, flow: str, target: TargetInfo, variant: Variant = WHOLE) -> View:
        """What a target makes of a request."""
        seen = tuple(point[index] for index in self.read_by[target.name])
        key = variant, flow, target.name, seen
        if key not in self._views:
            producer = None if flow == "request" else target.name
            request = self.request(point, flow, producer)
            self._views[key] = view(self.part(variant), request, target)
        return self._views[key]

    def views(self, point: Point, variant: Variant = WHOLE) -> list[View]:
        """What all targets make of a request of the flow `request`."""
        return [self.view(point, "request", target, variant) for target in self.policy.targets]

    def part(self, variant: Variant) -> Policy:
        """The policy with some of its rules only; made once."""
        if variant not in self._parts:
            self._parts[variant] = part_of(self.policy, variant)
        return self._parts[variant]


def part_of(policy: Policy, variant: Variant) -> Policy:
    """The policy with the rules that are kept, one of them without its treatments."""
    kept, untreated = variant
    rules = [rule for rule in policy.rules if kept is None or rule.name in kept]
    return replace(
        policy, rules=tuple(_bare(rule) if rule.name == untreated else rule for rule in rules)
    )


def _bare(rule: RuleInfo) -> RuleInfo:
    return replace(rule, effects=tuple(e for e in rule.effects if not isinstance(e, Treat)))


def request_views(policy: Policy, request: Request, variant: Variant = WHOLE) -> list[View]:
    """What the targets that a request concerns make of it."""
    part = part_of(policy, variant)
    concerned = [t for t in policy.targets if request.target in (None, t.name)]
    return [view(part, request, target) for target in concerned]
