"""Where decisions are made: on which flow, and on what which target produced."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from epol.lang.builtins import FLOWS
from epol.lang.model import Policy


class Place(NamedTuple):
    """A flow, and off the flow `request` the target that produced the content."""

    flow: str
    producer: str | None


REQUEST = Place("request", None)


def places(policy: Policy) -> Iterator[Place]:
    """Every place where a rule of a policy applies."""
    for flow in FLOWS:
        if any(flow in rule.flows for rule in policy.rules):
            if flow == "request":
                yield REQUEST
            else:
                yield from (Place(flow, target.name) for target in policy.targets)
