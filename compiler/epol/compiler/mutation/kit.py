"""Tests and cases, ready to be asked whether they notice a changed rule.

Texts are scanned once: a rule has no part in that.  What a changed rule does to a request is
looked at alone, and only where that is not what it did before is the whole decision made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from epol.compiler.mutation.mutants import Mutant
from epol.lang.decision import Decision
from epol.lang.model import Block, Deny, Effect, Only, Policy, Prefer, RuleInfo
from epol.lang.request import Request
from epol.lang.semantics import Lane, decide


@dataclass(frozen=True)
class Check:
    """A request with what is expected of it; `notices` says whether a decision is not that."""

    name: str
    request: Request
    notices: Callable[[Policy, Decision], bool]


class Kit:
    """The checks that a policy passes."""

    def __init__(self, policy: Policy, checks: Iterable[Check] = ()) -> None:
        self._policy = policy
        self._checks: list[tuple[Check, tuple[Lane, ...]]] = []
        for check in checks:
            self.add(check)

    def add(self, check: Check) -> None:
        """One more check, which the policy passes."""
        targets = self._policy.targets
        names = [check.request.target] if check.request.flow != "request" else None
        lanes = (Lane(self._policy, check.request, t) for t in targets if _is_in(t.name, names))
        self._checks.append((check, tuple(lanes)))

    def killer(self, mutant: Mutant, changed: Policy) -> str | None:
        """The name of the first check that fails under a mutant."""
        return next(
            (
                check.name
                for check, lanes in self._checks
                if any(_does(lane, mutant.rule) != _does(lane, mutant.changed) for lane in lanes)
                and check.notices(changed, decide(changed, check.request))
            ),
            None,
        )


def _is_in(name: str, names: list[str | None] | None) -> bool:
    return names is None or name in names


def _does(lane: Lane, rule: RuleInfo | None) -> object:
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
