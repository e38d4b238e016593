"""A policy's detectors that are models, as the engine runs them."""

from __future__ import annotations

from epol.engine.bundle.textplan import ModelDetectorPlan
from epol.lang.model import Policy


def model_detectors(policy: Policy) -> tuple[ModelDetectorPlan, ...]:
    """The model detectors of a policy, in order."""
    return tuple(
        ModelDetectorPlan(
            info.name, info.label, info.model, info.classes, info.threshold, info.cost
        )
        for info in policy.detectors
        if info.model is not None
    )
