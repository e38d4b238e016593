"""What the reference evaluator decides, kept for whoever asks about the same request next.

A witness is decided where it is told, where it is replayed, and where it is written as a test.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from epol.compiler.check.expressions import mentions_target
from epol.compiler.same import Same
from epol.lang.decision import Decision
from epol.lang.model import And, Block, Deny, Expr, Only, Policy, Value
from epol.lang.request import Request, complete
from epol.lang.semantics import Lane, decide_on, lanes_of

_MOST = 64
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
    lanes = lanes_of(policy.item, asked.request)
    if len(lanes) < 2:
        return lanes
    shared: dict[int, tuple[Expr, Value | None]] = {}
    for condition, free in _conditions(policy):
        for expr, value in _shared(lanes[0], condition, free):
            shared[id(expr)] = expr, value
    left = (r for r in policy.item.rules if shared.get(id(r.condition), _OPEN)[1] is not False)
    blamed = {place: lanes[0].blame(expr) for place, (expr, v) in shared.items() if v is None}
    lanes = lanes_of(replace(policy.item, rules=tuple(left)), asked.request)
    for lane in lanes:
        lane.known.update(shared)
        lane.blamed.update(blamed)
    return lanes


@lru_cache(maxsize=4)
def _conditions(policy: Same[Policy]) -> Sequence[tuple[Expr, tuple[Expr, ...]]]:
    """Each rule's condition, with those parts of it that have one value on all targets."""
    conditions = [rule.condition for rule in policy.item.rules]
    parts = (each.items if isinstance(each, And) else (each,) for each in conditions)
    free = (tuple(part for part in own if mentions_target(part) is None) for own in parts)
    return list(zip(conditions, free, strict=True))


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
