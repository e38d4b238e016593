"""What the reference evaluator decides, kept for whoever asks about the same request next.

A witness is decided where it is told, where it is replayed, and where it is written as a test;
and after an edit once more, when most of what a rule reads has the values that it had.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from epol.compiler.check.expressions import mentions_sends, mentions_target
from epol.compiler.same import Same
from epol.compiler.smt.strings import of_rule
from epol.lang.decision import Decision
from epol.lang.model import And, Block, Deny, Expr, Only, Policy, RuleInfo, Value
from epol.lang.request import Request, complete
from epol.lang.semantics import Lane, decide_on, lanes_of, walk

_MOST, _MOST_RULES = 64, 8_192
_MOST_VALUES = 20_000
"""So many values of expressions are kept of one request and target before all are forgotten."""

_OPEN = None, None


def decided(policy: Policy, request: Request) -> Decision:
    """The decision on a request, whose text was read; see `epol.lang.semantics.decide`."""
    return _decided(Same(policy), _asked(policy, request))


def refusals(policy: Policy, request: Request) -> Mapping[str, tuple[str, ...]]:
    """For each target that is decided the rules that refuse it, by name."""
    return _refusals(Same(policy), _asked(policy, request))


def _asked(policy: Policy, request: Request) -> _Asked:
    return _Asked(complete(replace(request, text=()), policy))


class _Asked:
    """A request as a key: by all that it says, for its tables are no keys themselves."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self._said = (
            request.flow,
            request.target,
            frozenset(request.inputs.items()),
            frozenset(
                (n, None if c is None else frozenset(c.items())) for n, c in request.labels.items()
            ),
            request.text,
            request.unread,
            request.unknown,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and self._said == other._said

    def __hash__(self) -> int:
        return hash(self._said)


@lru_cache(maxsize=_MOST)
def _decided(policy: Same[Policy], asked: _Asked) -> Decision:
    return decide_on(asked.request, _lanes(policy, asked))


@lru_cache(maxsize=_MOST)
def _refusals(policy: Same[Policy], asked: _Asked) -> Mapping[str, tuple[str, ...]]:
    return {lane.target.name: refusing(lane) for lane in _lanes(policy, asked)}


@lru_cache(maxsize=_MOST)
def _lanes(policy: Same[Policy], asked: _Asked) -> Sequence[Lane]:
    """The lanes of all targets; what is the same on all is evaluated on the first one alone.

    A rule whose condition is false there does nothing on any of them, so that they go without it.
    """
    before = _before(asked)
    lanes = before.lanes(policy.item, asked.request)
    if len(lanes) > 1:
        lanes = _together(policy.item, lanes)
    before.policy, before.decided = policy, lanes
    return lanes


def _together(policy: Policy, lanes: Sequence[Lane]) -> Sequence[Lane]:
    """Lanes that know what is the same on all of them, and have the rules that are left then."""
    shared: dict[int, tuple[Expr, Value | None]] = {}
    left: list[RuleInfo] = []
    for rule in policy.rules:
        for expr, value in _shared(lanes[0], rule.condition, _traits(Same(rule)).free):
            shared[id(expr)] = expr, value
        if shared.get(id(rule.condition), _OPEN)[1] is not False:
            left.append(rule)
    blamed = {place: lanes[0].blame(expr) for place, (expr, v) in shared.items() if v is None}
    for lane in lanes:
        lane.known.update(shared)
        lane.blamed.update(blamed)
    policy = replace(policy, rules=tuple(left))
    return [replace(lane, policy=policy) for lane in lanes]


def _shared(
    lane: Lane, condition: Expr, free: Iterable[Expr]
) -> Iterator[tuple[Expr, bool | None]]:
    """The parts of a condition, and if one is false the whole, with their value on all lanes."""
    for part in free:
        value = lane.truth(part)
        yield part, value
        if value is False:
            yield condition, False
            return


@dataclass(frozen=True)
class _Traits:
    """Of a rule: the parts of its condition that have one value on all targets, and by identity
    the expressions that depend on what other rules say."""

    free: tuple[Expr, ...]
    asking: tuple[int, ...]


@lru_cache(maxsize=_MOST_RULES)
def _traits(rule: Same[RuleInfo]) -> _Traits:
    condition = rule.item.condition
    parts = condition.items if isinstance(condition, And) else (condition,)
    free = tuple(part for part in parts if mentions_target(part) is None)
    asking = (e for root in of_rule(rule.item) if mentions_sends(root) for e in walk(root))
    return _Traits(free, tuple(map(id, asking)))


@dataclass
class _Before:
    """How a request was decided last, perhaps before an edit.

    A rule that the edit does not touch is the same object, and its expressions have the values
    that they had; but for what is sent, which other rules decide.
    """

    policy: Same[Policy] | None = None
    decided: Sequence[Lane] = ()

    def lanes(self, policy: Policy, request: Request) -> Sequence[Lane]:
        """The lanes of all targets, on which it is known what was known before."""
        lanes = lanes_of(policy, request)
        if self.policy is None or not _declare_alike(self.policy, Same(policy)):
            return lanes
        asking = [place for rule in policy.rules for place in _traits(Same(rule)).asking]
        known = {lane.target.name: lane for lane in self.decided}
        for lane in lanes:
            last = known.get(lane.target.name)
            if last is not None and len(last.known) < _MOST_VALUES:
                _continue(lane, last, asking)
        return lanes


def _continue(lane: Lane, last: Lane, but: Iterable[int]) -> None:
    """Let a lane know what another one of the target knew, but for some expressions."""
    lane.known.update(last.known)
    lane.blamed.update(last.blamed)
    for place in but:
        lane.known.pop(place, None)
        lane.blamed.pop(place, None)


@lru_cache(maxsize=_MOST)
def _before(_asked: _Asked) -> _Before:
    return _Before()


@lru_cache(maxsize=4)
def _declare_alike(one: Same[Policy], other: Same[Policy]) -> bool:
    """Whether what two policies both declare is the same, and so what is read on a request."""
    old, new = one.item, other.item
    both = old.inputs.keys() & new.inputs.keys()
    return old.targets == new.targets and all(old.inputs[n] == new.inputs[n] for n in both)


def refusing(lane: Lane) -> tuple[str, ...]:
    """The rules that refuse a target, by name."""
    removing = Deny | Block | Only
    return tuple(
        sorted(
            rule.name
            for rule in lane.rules
            if any(isinstance(e, removing) and lane.fires(rule, e) for e in rule.effects)
        )
    )
