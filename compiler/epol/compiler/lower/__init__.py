"""From the typed policy to the decision program."""

from __future__ import annotations

from epol.compiler.lower.inputs import lower_input
from epol.compiler.lower.rules import lower_flow
from epol.compiler.lower.tables import Tables
from epol.engine.bundle.program import Detected, Program, Rule
from epol.lang.model import Policy

__all__ = ["lower"]


def lower(policy: Policy) -> Program:
    """The decision program of a policy."""
    tables = Tables(policy)
    flows = [lower_flow(tables, flow) for flow in ("request", "response", "tool_call")]
    return Program(
        inputs=tuple(lower_input(info) for info in policy.inputs.values()),
        labels=tuple(policy.labels),
        groups=tuple(tables.groups),
        strings=tuple(tables.strings.entries),
        words=tuple(tables.words.entries),
        features=tuple(tables.features.readings),
        targets=tuple(target.name for target in policy.targets),
        rules=tuple(Rule(rule.name, rule.because) for rule in policy.rules),
        models=tuple(
            Detected(tables.labels[info.label], info.model, info.cost or 0)
            for info in policy.detectors
            if info.model is not None
        ),
        request=flows[0],
        response=flows[1],
        tool_call=flows[2],
    )
