"""One request that is over, as the page shows it: names, numbers, and nothing of what was said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from epol.engine import Decision
from epol.gateway.comparing import Costs, Left

MOST = 12
"""Rules, reasons, labels and attempts that a row names of each; it says how many more there are."""


class Over(NamedTuple):
    """What is kept of a request until a row is made of it; neither its body nor its answer.

    `attempts` are shown as they say themselves.
    """

    at: float
    id: str
    api: str
    caller: str
    status: int
    answering: str
    milliseconds: float
    attempts: Sequence[object]
    problem: str
    decision: Decision | None
    costs: Costs | Left | None


class Treated(msgspec.Struct):
    """A label that was found, in how many places (None: unknown), and what was done with it."""

    label: str
    treatment: str
    count: int | None


class Why(msgspec.Struct):
    """A rule that removed or holds a target."""

    rule: str
    target: str


class Row(msgspec.Struct):
    """A request: `at` is in milliseconds since 1970, costs are in millionths of a dollar."""

    id: str
    at: int
    api: str
    caller: str
    status: int
    decided: str
    target: str
    milliseconds: float
    attempts: list[str]
    problem: str
    treated: list[Treated]
    fired: list[str]
    reasons: list[Why]
    more: int
    taken: int | None
    all_cloud: int | None


def row(over: Over) -> Row:
    """What the page shows of a request."""
    decision = over.decision
    treated, fired = _on(decision, over.answering)
    reasons = [] if decision is None else [Why(*each) for each in decision.reason_names()]
    costs = over.costs if isinstance(over.costs, Costs) else None
    lists = (over.attempts, treated, fired, reasons)
    return Row(
        over.id,
        int(over.at * 1000),
        over.api,
        over.caller,
        over.status,
        "" if decision is None else decision.status,
        over.answering,
        round(over.milliseconds, 1),
        [str(each) for each in over.attempts[:MOST]],
        over.problem,
        treated[:MOST],
        fired[:MOST],
        reasons[:MOST],
        sum(max(0, len(each) - MOST) for each in lists),
        None if costs is None else costs.taken,
        None if costs is None else costs.all_cloud,
    )


def _on(decision: Decision | None, answering: str) -> tuple[list[Treated], list[str]]:
    """What was treated and which rules fired: for the target that answered, else for any."""
    if decision is None:
        return [], []
    if not answering:
        return [], sorted({rule for each in decision.targets.values() for rule in each.fired})
    labels = decision.labels
    details = decision.treatments(answering)
    treated = [Treated(n, str(d.treatment), labels.get(n)) for n, d in details.items()]
    return treated, list(decision.targets[answering].fired)
