"""What the reference evaluator decides, kept for whoever asks about the same request next.

A witness is decided where it is told, where it is replayed, and where it is written as a test;
and after an edit once more, when most of what a rule reads has the values that it had.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from epol.compiler.evaluating import Evaluation
from epol.compiler.same import Same
from epol.lang.decision import Decision
from epol.lang.model import Block, Deny, Only, Policy
from epol.lang.request import Request, complete
from epol.lang.semantics import Lane, decide_on

_MOST = 64


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
    return _evaluation(asked).of(policy, asked.request)


@lru_cache(maxsize=_MOST)
def _evaluation(_asked: _Asked) -> Evaluation:
    return Evaluation()


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
