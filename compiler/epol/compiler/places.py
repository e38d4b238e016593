"""Where decisions are made: on which flow, and on what which target produced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from epol.lang.builtins import FLOWS
from epol.lang.model import Policy


class Place(NamedTuple):
    """A flow, and off the flow `request` the target that produced the content."""

    flow: str
    producer: str | None


REQUEST = Place("request", None)


def places(policy: Policy, flows: Iterable[str] | None = None) -> Iterator[Place]:
    """Every place of some flows (None: of those where a rule applies), `request` first."""
    wanted = {flow for rule in policy.rules for flow in rule.flows} if flows is None else {*flows}
    for flow in FLOWS:
        if flow == "request" and flow in wanted:
            yield REQUEST
        elif flow in wanted:
            yield from (Place(flow, target.name) for target in policy.targets)
