"""A decision and its JSON form (interfaces.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from epol.lang.builtins import EFFORTS, Treatment
from epol.lang.literals import MILLION
from epol.lang.model import Method, Policy

ROUTE, HOLD, BLOCK = "route", "hold", "block"


@dataclass(frozen=True)
class Detail:
    """How exactly a label is treated.

    `keep_last` characters are left by `mask`; `replacement` is the text of `redact`
    (None: the default text); `method` is that of `generalize` (None: it redacts).
    """

    treatment: Treatment
    keep_last: int = 0
    replacement: str | None = None
    method: Method | None = None


@dataclass(frozen=True)
class TargetDecision:
    """What one target may do with the request.

    `score` is in millionths.  `treatments` holds labels that are found or unknown and
    not kept.  `caps` are ints, millionths, or an index of EFFORTS; `tools` None is all.
    """

    name: str
    permitted: bool
    score: int
    treatments: Mapping[str, Detail]
    caps: Mapping[str, int]
    tools: tuple[str, ...] | None
    tags: tuple[str, ...]
    hold: bool
    fired: tuple[str, ...]


@dataclass(frozen=True)
class Reason:
    """A rule that removed or holds a target."""

    rule: str
    target: str
    because: str | None


@dataclass(frozen=True)
class Decision:
    """The verdict on one request.  `labels` are found counts; None is unknown."""

    status: str
    target: str | None
    order: tuple[str, ...]
    targets: Mapping[str, TargetDecision]
    reasons: tuple[Reason, ...]
    unknown: tuple[str, ...]
    labels: Mapping[str, int | None]


def to_json(decision: Decision, policy: Policy) -> dict[str, object]:
    """The decision as JSON values; fractional scores and caps are exact Decimals."""
    return {
        "status": decision.status,
        "target": decision.target,
        "order": list(decision.order),
        "targets": {name: _target(target) for name, target in decision.targets.items()},
        "reasons": [
            {"rule": reason.rule, "target": reason.target, "because": reason.because}
            for reason in decision.reasons
        ],
        "unknown": list(decision.unknown),
        "skipped": [],
        "labels": dict(decision.labels),
        "policy": {"name": policy.name, "version": policy.version, "digest": policy.digest},
    }


def _target(target: TargetDecision) -> dict[str, object]:
    return {
        "permitted": target.permitted,
        "score": scaled_json(target.score),
        "treatments": {label: str(d.treatment) for label, d in target.treatments.items()},
        "caps": {name: cap_json(name, value) for name, value in target.caps.items()},
        "tools": None if target.tools is None else list(target.tools),
        "tags": list(target.tags),
        "hold": target.hold,
        "fired": list(target.fired),
    }


def scaled_json(value: int) -> int | Decimal:
    """Millionths as an int where they are whole, else as an exact Decimal."""
    whole, part = divmod(value, MILLION)
    return whole if part == 0 else (Decimal(value) / MILLION).normalize()


def cap_json(name: str, value: int) -> int | str | Decimal:
    """A cap's value as JSON shows it."""
    if name == "reasoning_effort":
        return EFFORTS[value]
    return value if name == "max_output_tokens" else scaled_json(value)
