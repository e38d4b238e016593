"""A target that no request may go to."""

from __future__ import annotations

from collections.abc import Iterator

from epol.compiler.analysing import Known, Told
from epol.lang.diagnostics import Diagnostic, Severity, define
from epol.lang.model import TargetInfo

TARGET_NEVER_PERMITTED = define(
    "target-never-permitted",
    "no request may go to a target",
    "On every request in range some rule refuses the target. It might as well not be there, and "
    "whoever declared it thinks otherwise. `epolc decide --explain` names the rules.",
    severity=Severity.WARNING,
    bad="rule r { when target.at == local deny }",
    good="rule r { when target.at == local and request.tokens > 2000 deny }",
)


def target_never_permitted(known: Known) -> Iterator[Diagnostic]:
    """Targets that are refused on every request."""
    if not known.policy.targets:
        return
    lanes = known.space.formula().lanes
    goals = {name: lane.permitted for name, lane in lanes.items()}
    yield from known.impossible(TARGET_NEVER_PERMITTED, goals, lambda n: _told(known, n))


def _told(known: Known, name: str) -> Told:
    target: TargetInfo = known.policy.target(name)
    return Told(target.span, f"no request may go to `{name}`: some rule always refuses it")
