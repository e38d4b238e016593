"""What a request cost as it went, beside what it would have cost in the cloud."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from epol.engine import Decision
from epol.engine.bundle.manifest import TargetEntry
from epol.gateway.spending import cost
from epol.gateway.usage import Usage

CLOUD = "cloud"


class Left(StrEnum):
    """Why a request that was answered is not compared."""

    NO_TOKENS = "no-tokens"
    """Its answer names none, as streams need not."""
    NO_CLOUD = "no-cloud"
    """It might not have gone to the cloud at all."""
    NO_PRICE = "no-price"
    """The policy has no price for that target in the cloud."""


class Costs(NamedTuple):
    """Of one request, in millionths of a dollar: at the target that answered, and all-cloud."""

    taken: int
    all_cloud: int


def compare(
    decision: Decision, targets: Mapping[str, TargetEntry], target: str, usage: Usage | None
) -> Costs | Left:
    """What a request cost at the target that answered, and at the cloud target it might have had.

    That is the first of the decision's order that is in the cloud.  Both have the tokens that the
    answer names, and the policy's prices; a target without a price costs nothing only where it is
    the one that answered and is not in the cloud.
    """
    if usage is None or not (usage.read or usage.written):
        return Left.NO_TOKENS
    cloud = next((n for n in decision.order if targets[n].fields.get("at") == CLOUD), None)
    if cloud is None:
        return Left.NO_CLOUD
    for name in (cloud, target):
        entry = targets[name]
        if not entry.price_unit and entry.fields.get("at") == CLOUD:
            return Left.NO_PRICE
    taken, all_cloud = (cost(targets[n], usage.read, usage.written) for n in (target, cloud))
    return Costs(taken, all_cloud)
