"""The form of a decision's line, as far as deciding it again reads it.

What is written by `record` is of this form; what a line of another hand says may be anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from epol.engine.decision import PolicyName


@dataclass(frozen=True)
class Digested:
    """A string that is no constant of its policy, and which of the policy's globs it matches."""

    digest: str
    like: Mapping[str, bool] = field(default_factory=dict[str, bool])


Fact = bool | int | str | list[str] | Digested


@dataclass(frozen=True)
class DecisionLine:
    """A decision; docs/decision-log.md describes the fields."""

    flow: str
    status: str
    target: str | None
    order: tuple[str, ...]
    targets: Mapping[str, Mapping[str, object]]
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


@dataclass(frozen=True)
class PolicyLine:
    """What a policy declares: `declares` is a `declared.Declared`."""

    declares: Mapping[str, object]
