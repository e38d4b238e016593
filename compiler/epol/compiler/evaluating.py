"""Lanes of a request on which it is known what was known of another policy, as of before an edit.

A rule that an edit does not touch is the same object, and its expressions have the values that they
had; but for what is sent, which other rules decide, and for targets that are declared otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from epol.compiler.check.expressions import mentions_target
from epol.compiler.same import Same
from epol.compiler.smt.strings import of_rule
from epol.lang.model import (
    And,
    Expr,
    Policy,
    RuleInfo,
    Sends,
    TargetCost,
    TargetField,
    Value,
)
from epol.lang.request import Request
from epol.lang.semantics import Lane, lanes_of, walk

_MOST_RULES = 8_192
_MOST_VALUES = 20_000
"""So many values of expressions are kept of one request and target before all are forgotten."""

_OPEN = None, None
_SENT = ""


class Evaluation:
    """How one request was decided last, if it was.  Safe to share between threads."""

    def __init__(self) -> None:
        # The policy and its lanes as one, for another thread may read them meanwhile.
        self._last: tuple[Same[Policy], Sequence[Lane]] | None = None

    def of(self, policy: Same[Policy], request: Request) -> Sequence[Lane]:
        """The lanes of all targets; what is the same on all is evaluated on one alone.

        A rule whose condition is false there does nothing on any of them, so that they go without
        it.
        """
        lanes = self._known(policy, request)
        if len(lanes) > 1:
            lanes = _together(policy.item, lanes)
        self._last = policy, lanes
        return lanes

    def _known(self, policy: Same[Policy], request: Request) -> Sequence[Lane]:
        """The lanes, on which it is known what was known before."""
        lanes, before = lanes_of(policy.item, request), self._last
        others = None if before is None else _other_targets(before[0], policy)
        if before is None or others is None:
            return lanes
        said = (_traits(Same(rule)).elsewhere for rule in policy.item.rules)
        but = [place for each in said for what in (_SENT, *others) for place in each.get(what, ())]
        known = {lane.target.name: lane for lane in before[1] if lane.target.name not in others}
        for lane in lanes:
            last = known.get(lane.target.name)
            if last is not None and len(last.known) < _MOST_VALUES:
                _continue(lane, last, but)
        return lanes


def _together(policy: Policy, lanes: Sequence[Lane]) -> Sequence[Lane]:
    """Lanes that know what is the same on all of them, and have the rules that are left then."""
    shared: dict[int, tuple[Expr, Value | None]] = {}
    left: list[RuleInfo] = []
    first = max(lanes, key=lambda lane: len(lane.known))
    for rule in policy.rules:
        for expr, value in _shared(first, rule.condition, _traits(Same(rule)).free):
            shared[id(expr)] = expr, value
        if shared.get(id(rule.condition), _OPEN)[1] is not False:
            left.append(rule)
    blamed = {place: first.blame(expr) for place, (expr, v) in shared.items() if v is None}
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
    """Of a rule: the parts of its condition that have one value on all targets, and expressions
    that depend on what is said elsewhere, by identity: of other rules (`_SENT`), or of a target
    that they name."""

    free: tuple[Expr, ...]
    elsewhere: Mapping[str, tuple[int, ...]]


@lru_cache(maxsize=_MOST_RULES)
def _traits(rule: Same[RuleInfo]) -> _Traits:
    condition = rule.item.condition
    parts = condition.items if isinstance(condition, And) else (condition,)
    free = tuple(part for part in parts if mentions_target(part) is None)
    elsewhere: dict[str, tuple[int, ...]] = {}
    for root in of_rule(rule.item):
        for what in {what for part in walk(root) if (what := _elsewhere(part)) is not None}:
            elsewhere[what] = *elsewhere.get(what, ()), *map(id, walk(root))
    return _Traits(free, elsewhere)


def _elsewhere(part: Expr) -> str | None:
    """Where it is said what a part of an expression is, if not in the request, see `_Traits`."""
    match part:
        case Sends():
            return _SENT
        case TargetField(target=target) | TargetCost(target=target):
            return target
        case _:
            return None


def _continue(lane: Lane, last: Lane, but: Iterable[int]) -> None:
    """Let a lane know what another one of the target knew, but for some expressions."""
    lane.known.update(last.known)
    lane.blamed.update(last.blamed)
    for place in but:
        lane.known.pop(place, None)
        lane.blamed.pop(place, None)


@lru_cache(maxsize=4)
def _other_targets(one: Same[Policy], other: Same[Policy]) -> frozenset[str] | None:
    """The targets that two policies do not declare alike; None if they do not the same inputs."""
    old, new = one.item, other.item
    if any(old.inputs[name] != new.inputs[name] for name in old.inputs.keys() & new.inputs.keys()):
        return None
    declared = ({target.name: target for target in each.targets} for each in (old, new))
    before, after = declared
    names = before.keys() | after.keys()
    return frozenset(name for name in names if before.get(name) != after.get(name))
