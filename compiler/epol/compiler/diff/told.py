"""A decision from its JSON, as far as it says it: details of treatments are not in it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from epol.lang.builtins import EFFORTS, TREATMENTS
from epol.lang.decision import Decision, Detail, TargetDecision
from epol.lang.literals import MILLION


def told(data: Mapping[str, Any]) -> Decision:
    """The decision of interfaces.md; scores, tags and what fired, which nobody compares, apart."""
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


def _cap(name: str, value: Any) -> int:  # noqa: ANN401 (JSON)
    """A cap on its scale."""
    if name == "reasoning_effort":
        return EFFORTS.index(value)
    return int(value) if name == "max_output_tokens" else int(Decimal(str(value)) * MILLION)
