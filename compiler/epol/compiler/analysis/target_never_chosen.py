"""A target that is permitted, and never the first choice."""

from __future__ import annotations

from collections.abc import Iterator

from epol.compiler.analysing import Known, Told
from epol.compiler.smt.answers import Possible
from epol.lang.diagnostics import Diagnostic, Severity, define

TARGET_NEVER_CHOSEN = define(
    "target-never-chosen",
    "a target is at best a fallback",
    "Requests may go to the target, but on none of them does it come first: another permitted "
    "target always has a higher score, or as high a one and is declared before it.",
    severity=Severity.WARNING,
    bad="target cloudy { at cloud context 8k }\nrule r { when target.at == local prefer 1 }\n"
    "rule ward_is_up { when not ward.up deny }",
    good="target cloudy { at cloud context 8k }\n"
    "rule r { when target.at == local and net.jitter > 10ms prefer 1 }",
)


def target_never_chosen(known: Known) -> Iterator[Diagnostic]:
    """Targets that are permitted on some request, and first on none."""
    if not known.policy.targets:
        return
    formula = known.space.formula()
    permitted = known.space.settle({name: lane.permitted for name, lane in formula.lanes.items()})
    goals = {
        name: formula.chosen[name] for name in permitted if isinstance(permitted[name], Possible)
    }
    yield from known.impossible(TARGET_NEVER_CHOSEN, goals, lambda name: _told(known, name))


def _told(known: Known, name: str) -> Told:
    span = known.policy.target(name).span
    return Told(span, f"`{name}` is never the first choice: it is at best a fallback")
