"""A decision from its JSON, as far as that says it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from epol.lang.builtins import EFFORTS, TREATMENTS
from epol.lang.decision import Decision, Detail, TargetDecision
from epol.lang.literals import MILLION
from epol.lang.model import Method


def told(data: Mapping[str, Any]) -> Decision:
    """The decision of interfaces.md, which has no details of treatments.

    Scores, tags and what fired, which nobody compares, are left out.
    """
    targets = {name: _target(name, each) for name, each in data["targets"].items()}
    return Decision(
        status=data["status"],
        target=data["target"],
        order=tuple(data["order"]),
        targets=targets,
        reasons=(),
        unknown=(),
        labels={},
    )


def _target(name: str, data: Mapping[str, Any]) -> TargetDecision:
    return TargetDecision(
        name=name,
        permitted=data["permitted"],
        score=0,
        treatments={label: Detail(TREATMENTS[t]) for label, t in data["treatments"].items()},
        caps={cap: _cap(cap, value) for cap, value in data["caps"].items()},
        tools=None if data["tools"] is None else tuple(data["tools"]),
        tags=(),
        hold=data["hold"],
        fired=(),
    )


def logged(data: Mapping[str, Any]) -> Decision:
    """The decision of a line of the decision log, which has details too."""
    return Decision(
        status=data["status"],
        target=data["target"],
        order=tuple(data["order"]),
        targets={name: _logged_target(name, each) for name, each in data["targets"].items()},
        reasons=(),
        unknown=(),
        labels={},
    )


def _logged_target(name: str, data: Mapping[str, Any]) -> TargetDecision:
    """What is not said is none of it, or all tools."""
    details = data.get("details", {})
    treatments = data.get("treatments", {})
    return TargetDecision(
        name=name,
        permitted=data["permitted"],
        score=0,
        treatments={label: _detail(t, details.get(label, {})) for label, t in treatments.items()},
        caps=dict(data.get("caps", {})),
        tools=None if "tools" not in data else tuple(data["tools"]),
        tags=(),
        hold=data.get("hold", False),
        fired=(),
    )


def _detail(treatment: str, data: Mapping[str, Any]) -> Detail:
    method = Method(data["by"], data.get("amount")) if "by" in data else None
    return Detail(TREATMENTS[treatment], data.get("keep_last", 0), data.get("replacement"), method)


def _cap(name: str, value: Any) -> int:  # noqa: ANN401 (JSON)
    """A cap on its scale."""
    if name == "reasoning_effort":
        return EFFORTS.index(value)
    return int(value) if name == "max_output_tokens" else int(Decimal(str(value)) * MILLION)
