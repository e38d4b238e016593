"""Which kinds of difference there are, asked of the solver and judged by evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from epol.compiler.diff.findings import Findings
from epol.compiler.diff.judge import Pair
from epol.compiler.diff.kinds import OFF_REQUEST, Kind, Subject
from epol.compiler.diff.questions import Questions
from epol.lang.builtins import FLOWS
from epol.lang.model import Policy

NONE, FOUND, UNDECIDED = "none", "found", "undecided"


@dataclass(frozen=True)
class Verdict:
    """What is known of one kind of difference on one flow.

    Each of `subjects` was judged on a request; `alike` are labels that both policies always treat
    as one of those.  `witnesses` shows each place that is newly permitted, and else one subject.
    `undecided` says why nobody knows whether there are more.
    """

    kind: Kind
    flow: str
    subjects: tuple[Subject, ...] = ()
    alike: tuple[Subject, ...] = ()
    witnesses: tuple[Pair, ...] = ()
    undecided: str | None = None

    @property
    def outcome(self) -> str:
        """`found` with a witness, `none` if that is proved, else `undecided`."""
        return FOUND if self.subjects else NONE if self.undecided is None else UNDECIDED


def search(old: Policy, new: Policy, budget: float) -> tuple[Verdict, ...]:
    """Every kind on every flow; `budget` is in seconds, for all of it.

    Off the flow `request`, for the targets that both policies have.
    """
    questions = Questions(old, new, monotonic() + budget)
    both = [target.name for target in old.targets if new.has_target(target.name)]
    findings = {
        flow: [Findings(questions, flow, each) for each in ([None] if flow == "request" else both)]
        for flow in FLOWS
    }
    every = [(kind, flow) for flow in FLOWS for kind in Kind if _is_of(kind, flow)]
    for kind, flow in every:
        for each in findings[flow]:
            each.look_for(kind)
    for kind, flow in every:
        _witnesses(kind, findings[flow])  # as long as there is time to make them plain
    for kind, flow in every:
        for each in findings[flow]:
            each.insist(kind)
    return tuple(_verdict(kind, flow, findings[flow]) for kind, flow in every)


def _is_of(kind: Kind, flow: str) -> bool:
    return flow == "request" or kind in OFF_REQUEST


def _witnesses(kind: Kind, findings: Sequence[Findings]) -> list[Pair]:
    """The witnesses of the first target that has any, or of the request."""
    return next((each.witnesses(kind) for each in findings if kind in each.seen), list[Pair]())


def _verdict(kind: Kind, flow: str, findings: Sequence[Findings]) -> Verdict:
    """What the findings of a flow say of one kind together."""
    witnesses = _witnesses(kind, findings)  # before the subjects: it may show one more
    subjects = sorted(s for each in findings for s in each.seen.get(kind, ()))
    alike = {s for each in findings for s in each.alike(kind)}.difference(subjects)
    reasons = [r for each in findings if (r := each.undecided(kind)) is not None]
    return Verdict(
        kind,
        flow,
        tuple(subjects),
        tuple(sorted(alike)),
        tuple(witnesses),
        reasons[0] if reasons else None,
    )
