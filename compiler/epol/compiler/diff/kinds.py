"""The kinds of difference between two decisions on one request.

Together they are complete: two decisions of which none holds have the same status, order,
and for every permitted target the same hold, treatments with details, caps and tools.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """A kind of difference; `MEANING` says exactly what each is.  The gravest stand first."""

    NEWLY_PERMITTED = "newly-permitted"
    LESS_TREATED = "less-treated"
    NO_LONGER_BLOCKED = "no-longer-blocked"
    NO_LONGER_HELD = "no-longer-held"
    LIMITS_RAISED = "limits-raised"
    DEARER = "dearer"
    ROUTED_ELSEWHERE = "routed-elsewhere"
    NEWLY_BLOCKED = "newly-blocked"
    NEWLY_REFUSED = "newly-refused"
    NEWLY_HELD = "newly-held"
    TREATED_OTHERWISE = "treated-otherwise"
    LIMITS_LOWERED = "limits-lowered"
    ORDER_CHANGED = "order-changed"


MEANING = {
    Kind.NEWLY_PERMITTED: "NEW permits a target that OLD refuses or does not have, or some "
    "target at a place where OLD permits none",
    Kind.LESS_TREATED: "on a target that both permit, a label that is found or unknown is treated "
    "more weakly in NEW, or the same way with a detail that leaves more or does not compare",
    Kind.NO_LONGER_BLOCKED: "OLD permits no target, NEW permits one",
    Kind.NO_LONGER_HELD: "OLD waits for a person and NEW routes at once, or a target that both "
    "permit is held in OLD alone",
    Kind.LIMITS_RAISED: "on a target that both permit, a cap of OLD is higher in NEW or gone, or "
    "NEW offers a tool that OLD does not",
    Kind.DEARER: "both choose a target, and the cost of NEW's choice at NEW's prices is above that "
    "of OLD's choice at OLD's",
    Kind.ROUTED_ELSEWHERE: "both choose a target, and not the same",
    Kind.NEWLY_BLOCKED: "NEW permits no target, OLD permits one",
    Kind.NEWLY_REFUSED: "OLD permits a target that NEW refuses or does not have",
    Kind.NEWLY_HELD: "OLD routes at once and NEW waits for a person, or a target that both permit "
    "is held in NEW alone",
    Kind.TREATED_OTHERWISE: "on a target that both permit, the treatment of a label that is found "
    "or unknown differs and is not weaker in NEW",
    Kind.LIMITS_LOWERED: "on a target that both permit, a cap of NEW is lower than in OLD or was "
    "not there, or OLD offers a tool that NEW does not",
    Kind.ORDER_CHANGED: "both choose the same target, and two targets that both permit follow each "
    "other in another order",
}
"""What each kind is, of one request.  See docs/diff.md."""

OFF_REQUEST = frozenset(
    {
        Kind.LESS_TREATED,
        Kind.NO_LONGER_BLOCKED,
        Kind.NO_LONGER_HELD,
        Kind.LIMITS_RAISED,
        Kind.NEWLY_BLOCKED,
        Kind.NEWLY_HELD,
        Kind.TREATED_OTHERWISE,
        Kind.LIMITS_LOWERED,
    }
)
"""The kinds of the flows `response` and `tool_call`, on which one target alone is decided."""


@dataclass(frozen=True, order=True)
class Subject:
    """What a difference is about: a place, a target, a label on a target; or the whole request."""

    place: str = ""
    target: str = ""
    label: str = ""

    def parts(self) -> dict[str, str]:
        """The parts that it has; none is the whole request."""
        every = {"place": self.place, "target": self.target, "label": self.label}
        return {name: value for name, value in every.items() if value}

    def __str__(self) -> str:
        parts = [self.label, f"on {self.target}" if self.label else self.target, self.place]
        return " ".join(part for part in parts if part)


WHOLE = Subject()
"""The whole request."""
