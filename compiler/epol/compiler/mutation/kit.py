"""Tests and cases, ready to be asked whether they notice a changed rule.

Texts are scanned once: a rule has no part in that.  What a changed rule does to a request is
looked at alone, and only where that is not what it did before is the whole decision made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from epol.compiler.mutation.mutants import Mutant
from epol.lang.decision import Decision
from epol.lang.model import (
    Block,
    Deny,
    Effect,
    Expr,
    Only,
    Policy,
    Prefer,
    RuleInfo,
    Sends,
    Treat,
    Value,
)
from epol.lang.request import Request
from epol.lang.semantics import Lane, decide_on, lanes_of, parts


@dataclass(frozen=True)
class Check:
    """A request with what is expected of it; `notices` says whether a decision is not that."""

    name: str
    request: Request
    notices: Callable[[Policy, Decision], bool]


class Kit:
    """Checks on the requests of one policy."""

    def __init__(self, policy: Policy, checks: Iterable[Check] = ()) -> None:
        self._policy = policy
        self._checks: list[tuple[Check, list[Lane]]] = []
        # By identity, with the expression itself so that it lives as long.
        self._asks_sends: dict[int, tuple[Expr, bool]] = {}
        for check in checks:
            self.add(check)

    def add(self, check: Check) -> None:
        """One more check, which the policy passes."""
        self._checks.append((check, lanes_of(self._policy, check.request)))

    def killer(self, mutant: Mutant, changed: Policy) -> Check | None:
        """The first check that fails under a mutant."""
        for check, lanes in self._checks:
            if any(_does(lane, mutant.rule) != _does(lane, mutant.changed) for lane in lanes):
                decision = self._decided(mutant, changed, check.request, lanes)
                if check.notices(changed, decision):
                    return check
        return None

    def _decided(
        self, mutant: Mutant, changed: Policy, request: Request, lanes: Sequence[Lane]
    ) -> Decision:
        """What a mutant decides.

        What is known on the policy's own lanes holds here too; but where a treatment changes,
        `sends` may.
        """
        effects = (*mutant.rule.effects, *(mutant.changed.effects if mutant.changed else ()))
        treats = any(isinstance(effect, Treat) for effect in effects)
        return decide_on(
            request,
            (
                Lane(changed, request, lane.target, self._steady(lane) if treats else lane.known)
                for lane in lanes
            ),
        )

    def _steady(self, lane: Lane) -> dict[int, tuple[Expr, Value | None]]:
        """What is known on a lane whatever the treatments are."""
        return {key: known for key, known in lane.known.items() if not self._sends(known[0])}

    def _sends(self, expr: Expr) -> bool:
        known = self._asks_sends.get(id(expr))
        if known is None:
            asks = isinstance(expr, Sends) or any(self._sends(part) for part in parts(expr))
            known = self._asks_sends[id(expr)] = expr, asks
        return known[1]


_Done = tuple[frozenset[object], int, frozenset[str]]


def _does(lane: Lane, rule: RuleInfo | None) -> _Done:
    """All that a rule does to one target, as the rest of a decision sees it."""
    if rule is None or lane.request.flow not in rule.flows:
        return frozenset(), 0, frozenset()
    fired = [effect for effect in rule.effects if lane.fires(rule, effect)]
    points = sum(lane.points(effect) for effect in fired if isinstance(effect, Prefer))
    return frozenset(map(_kind, fired)), points, frozenset(lane.blame_of(rule))


def _kind(effect: Effect) -> object:
    """An effect, or what stands for all that do the same."""
    if isinstance(effect, Deny | Block | Only):
        return Deny
    return Prefer if isinstance(effect, Prefer) else effect
