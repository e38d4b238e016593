"""Which deployments may have a request: those of permitted targets, best first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from epol.gateway.litellm.arguments import part
from epol.gateway.litellm.calls import Call
from epol.gateway.problems import ProblemError, not_permitted
from epol.gateway.verdicts import Verdicts

TARGET = "epol_target"
"""Where a deployment's `model_info` says which target it is."""

Deployment = Mapping[str, Any]


def target_of(deployment: Deployment | None) -> str | None:
    """The target that a deployment is, if its configuration says so."""
    said = part(deployment, "model_info").get(TARGET)
    return said if isinstance(said, str) else None


async def usable(
    call: Call, deployments: Sequence[Deployment], verdicts: Verdicts
) -> list[Deployment]:
    """The deployments of the best target that is permitted and has not failed yet.

    Where all have failed, those of the best that is permitted.  Raises `ProblemError` where none
    is, and where a person must approve the best one.
    """
    if call.refusal is not None:
        raise call.refusal
    if not deployments:
        return []
    decision = call.enforced.decision
    there = {target_of(each) for each in deployments} - {None}
    order = [name for name in decision.order if name in there and not _is_left_out(call, name)]
    if not order:
        call.passed_over = _none_of(call, sorted(str(each) for each in there))
        raise call.passed_over
    best = next((name for name in order if name not in call.tried), order[0])
    if decision.targets[best].hold:
        await approve(call, best, verdicts)
    return [each for each in deployments if target_of(each) == best]


async def approve(call: Call, target: str, verdicts: Verdicts) -> None:
    """Approve a held target if a person has.  Raises `ProblemError`; then nothing else is tried."""
    if target in call.approved:
        return
    try:
        await verdicts.approve(call.enforced, target, call.who, call.body)
    except ProblemError as problem:
        call.refusal = problem
        raise
    call.approved.add(target)


def _is_left_out(call: Call, target: str) -> bool:
    """Whether a target is held, and no request waits for it: it would be a fallback."""
    is_held = call.enforced.decision.targets[target].hold
    return is_held and bool(call.tried) and target not in call.approved


def _none_of(call: Call, targets: Sequence[str]) -> ProblemError:
    """Why no deployment that LiteLLM has may have a request."""
    known = [name for name in targets if name in call.enforced.decision.targets]
    if known:
        return not_permitted(call.enforced.decision, known[0])
    return unmapped()


def unmapped() -> ProblemError:
    """No deployment says which target it is."""
    return ProblemError(
        502,
        "no-target-speaks",
        f"what LiteLLM has of this model does not say in `model_info.{TARGET}` which target it is",
        headers={"x-should-retry": "false"},
    )
