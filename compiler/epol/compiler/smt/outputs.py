"""Every output of a formula by target and kind: what a decision is made of."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from epol.compiler.smt.formula import Formula
from epol.compiler.smt.lane import Lane
from epol.compiler.smt.terms import Term
from epol.lang.model import Policy


class Kind(StrEnum):
    """What an output says of a target; `name` in a key says of what."""

    PERMITTED = "permitted"
    HOLD = "hold"
    SCORE = "score"
    FIRED = "fired"
    REASON = "reason"
    TAG = "tag"
    RESTRICTED = "restricted"
    TOOL = "tool"
    CAPPED = "capped"
    CAP = "cap"
    SHOWN = "shown"
    TREATMENT = "treatment"
    KEEP_LAST = "keep_last"
    REPLACEMENT = "replacement"
    METHOD = "method"
    BEFORE = "before"
    CHOSEN = "chosen"
    UNKNOWN = "unknown"
    SERVED = "served"
    HELD = "held"


class Key(NamedTuple):
    """One output.

    `name` is the rule of FIRED and REASON, the other target of BEFORE, the name of an
    unknown, tag, tool or cap, the label of SHOWN and what follows it; else empty.  What a
    value means is said beside its term in `lane`, `treatments` and `formula`.
    """

    target: str
    kind: Kind
    name: str = ""


def outputs(formula: Formula) -> dict[Key, Term]:
    """All outputs of all targets that are decided, and what is said of no target alone."""
    found: dict[Key, Term] = {
        Key("", Kind.SERVED): formula.served,
        Key("", Kind.HELD): formula.held,
    }
    for name, lane in formula.lanes.items():
        found |= {Key(name, kind, of): term for kind, of, term in _of_lane(lane)}
        found |= {Key(name, kind, of): term for kind, of, term in _details(lane, formula.policy)}
        found |= {Key(name, kind, of): term for kind, of, term in _ranking(formula, name)}
    return found


_Output = tuple[Kind, str, Term]


def _of_lane(lane: Lane) -> Iterator[_Output]:
    """Permission, hold, score, and what the fired rules say."""
    yield Kind.PERMITTED, "", lane.permitted
    yield Kind.HOLD, "", lane.hold
    yield Kind.SCORE, "", lane.score
    yield Kind.RESTRICTED, "", lane.restricted
    yield from ((Kind.FIRED, name, term) for name, term in lane.fired.items())
    yield from ((Kind.REASON, name, term) for name, term in lane.reasons.items())
    yield from ((Kind.TAG, name, term) for name, term in lane.tags.items())
    yield from ((Kind.TOOL, name, term) for name, term in lane.tools.items())
    for name, cap in lane.caps.items():
        yield Kind.CAPPED, name, cap.present
        yield Kind.CAP, name, cap.value


def _details(lane: Lane, policy: Policy) -> Iterator[_Output]:
    """How each label is treated; labels that no rule treats are kept."""
    for label in policy.treating:
        detail = lane.treatments.detail(label)
        yield Kind.SHOWN, label, lane.shown(label)
        yield Kind.TREATMENT, label, detail.treatment
        yield Kind.KEEP_LAST, label, detail.keep_last
        yield Kind.REPLACEMENT, label, detail.replacement
        yield Kind.METHOD, label, detail.method


def _ranking(formula: Formula, name: str) -> Iterator[_Output]:
    yield Kind.CHOSEN, "", formula.chosen[name]
    others = (other for other in formula.lanes if other != name)
    yield from ((Kind.BEFORE, other, formula.before(name, other)) for other in others)
    yield from ((Kind.UNKNOWN, of, term) for of, term in formula.unknowns(name).items())
