"""What a claim means on one request (language.md §6).

The solver looks for a request that refutes a claim; this says, slowly and obviously,
whether a given one does.  Witnesses are replayed on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from epol.lang.decision import Decision, Detail
from epol.lang.model import ClaimInfo, Expr, Policy, TargetInfo, Value
from epol.lang.request import Request
from epol.lang.semantics import Lane, decide

Deciding = Callable[[Policy, Request], Decision]


def is_counterexample(
    policy: Policy,
    claim: ClaimInfo,
    request: Request,
    second: Request | None = None,
    other: Policy | None = None,
    decided: Deciding = decide,
) -> bool:
    """Whether a request shows that a claim does not hold.

    `second` is the request with the other value of a raising or lowering claim,
    `other` the policy of a `same as`; both are required there.  `decided` is `decide`, or as it.
    """
    if request.flow != claim.flow or not is_allowed(policy, request):
        return False
    match claim.kind:
        case "never":
            values = _on_permitted(policy, claim, decided, request)
            return any(value is not False for value in values)
        case "always":
            values = _on_permitted(policy, claim, decided, request)
            return any(value is not True for value in values)
        case "served":
            applies = _holds(policy, request, claim.condition) is True
            return applies and decided(policy, request).target is None
        case "chooses":
            applies = _holds(policy, request, claim.condition) is True
            return applies and _on_chosen(policy, claim, decided, request) not in (True, "none")
        case "never-chooses":
            applies = _holds(policy, request, claim.condition) is not False
            return applies and _on_chosen(policy, claim, decided, request) not in (False, "none")
        case "same-as":
            if other is None:
                raise ValueError("a `same as` claim needs the other policy")
            applies = _holds(policy, request, claim.condition) is True
            mine, its = (visible_in(decided(each, request)) for each in (policy, other))
            return applies and mine != its
        case _:
            if second is None:
                raise ValueError("a raising or lowering claim needs a second request")
            if not _is_pair(policy, claim, request, second):
                return False
            before = _on_chosen(policy, claim, decided, request)
            after = _on_chosen(policy, claim, decided, second)
            return before is not True and after not in (False, "none")


def is_allowed(policy: Policy, request: Request) -> bool:
    """Claims speak of requests in which only labels with a model detector are unknown."""
    by_model = {detector.label for detector in policy.detectors if detector.model is not None}
    return all(counts is not None or name in by_model for name, counts in request.labels.items())


def _on_permitted(
    policy: Policy, claim: ClaimInfo, decided: Deciding, request: Request
) -> list[bool | None]:
    decision = decided(policy, request)
    return [_at(policy, claim, request, name) for name in decision.order]


def _at(policy: Policy, claim: ClaimInfo, request: Request, target: str) -> bool | None:
    assert claim.expression is not None
    return Lane(policy, request, policy.target(target)).truth(claim.expression)


def _on_chosen(
    policy: Policy, claim: ClaimInfo, decided: Deciding, request: Request
) -> bool | str | None:
    """The value of E for the chosen target, or "none" where nothing is permitted."""
    chosen = decided(policy, request).target
    return "none" if chosen is None else _at(policy, claim, request, chosen)


def _holds(policy: Policy, request: Request, condition: Expr | None) -> bool | None:
    """The value of a condition that does not speak of the target."""
    if condition is None:
        return True
    nowhere = TargetInfo("", {}, None, None, None, condition.span)
    return Lane(policy, request, nowhere).truth(condition)


def _is_pair(policy: Policy, claim: ClaimInfo, first: Request, second: Request) -> bool:
    """Whether two requests differ only in the claim's subject, in its direction.

    A default is a known value, and giving it explicitly makes no difference.
    """
    subject = claim.subject
    assert subject is not None
    before, after = _known_inputs(policy, first), _known_inputs(policy, second)
    low, high = before.pop(subject, None), after.pop(subject, None)
    if low is None or high is None or before != after:
        return False
    assert isinstance(low, int)
    assert isinstance(high, int)
    same_otherwise = replace(first, inputs={}) == replace(second, inputs={})
    return same_otherwise and (low < high if claim.kind == "raising" else low > high)


def _known_inputs(policy: Policy, request: Request) -> dict[str, Value]:
    """Every input that has a value, given or by default."""
    fallbacks = {n: i.fallback for n, i in policy.inputs.items() if i.fallback is not None}
    return {**fallbacks, **request.inputs}


Visible = tuple[
    str,
    tuple[str, ...],
    dict[str, tuple[bool, dict[str, Detail], dict[str, int], tuple[str, ...] | None]],
]


def visible_in(decision: Decision) -> Visible:
    """What `same as` compares of a decision."""
    return (
        decision.status,
        decision.order,
        {
            name: (
                target.hold,
                dict(target.treatments),
                dict(target.caps),
                target.tools,
            )
            for name, target in decision.targets.items()
            if target.permitted
        },
    )
