"""The form of a decision's line, as far as deciding it again reads it.

What is written by `record` is of this form; what a line of another hand says may be anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from epol.engine.decision import PolicyName
from epol.engine.request import ROLES


@dataclass(frozen=True)
class Digested:
    """A string that is no constant of its policy, and which of the policy's globs it matches."""

    digest: str
    like: Mapping[str, bool] = field(default_factory=dict[str, bool])


TreatmentName = Literal["mask", "generalize", "tokenize", "hash", "redact", "drop"]
Fact = bool | int | str | list[str] | Digested


@dataclass(frozen=True)
class DetailLine:
    """What a rule says of a treatment beside its name."""

    keep_last: int = 0
    replacement: str | None = None
    by: Literal["year", "month", "decade", "zip3", "network", "round"] | None = None
    amount: int | None = None


@dataclass(frozen=True)
class TargetLine:
    """What a target may do."""

    permitted: bool
    fired: tuple[str, ...] = ()
    score: int = 0
    treatments: Mapping[str, TreatmentName] = field(default_factory=dict[str, TreatmentName])
    details: Mapping[str, DetailLine] = field(default_factory=dict[str, DetailLine])
    caps: Mapping[str, int] = field(default_factory=dict[str, int])
    tools: tuple[str, ...] | None = None
    tags: tuple[str, ...] = ()
    hold: bool = False


@dataclass(frozen=True)
class DecisionLine:
    """A decision; docs/decision-log.md describes the fields."""

    seq: int
    time: str
    flow: str
    status: Literal["route", "hold", "block"]
    target: str | None
    order: tuple[str, ...]
    fired: tuple[str, ...]
    targets: Mapping[str, TargetLine]
    reasons: tuple[tuple[str, str], ...]
    labels: Mapping[str, Mapping[str, int] | None]
    unknown: tuple[str, ...]
    skipped: tuple[str, ...]
    read: Mapping[str, int]
    facts: Mapping[str, Fact]
    ran: tuple[tuple[str, int], ...]
    policy: PolicyName
    producer: str | None = None
    failure: str | None = None

    def is_sound(self) -> bool:
        """Whether what it names is there."""
        names = {*self.order} if self.target is None else {*self.order, self.target}
        return names <= self.targets.keys() and {*self.read} <= {*ROLES}


@dataclass(frozen=True)
class PolicyLine:
    """What a policy declares: `declares` is a `declared.Declared`."""

    declares: Mapping[str, object]
