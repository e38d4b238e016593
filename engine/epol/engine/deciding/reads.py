"""What a flow's verdict depends on: labels, and what is computed from the text."""

from __future__ import annotations

from typing import NamedTuple

from epol.engine.bundle.program import (
    Counted,
    Feature,
    Fixed,
    FlowProgram,
    Found,
    Program,
    Unread,
)


class Reads(NamedTuple):
    """Labels that a flow asks about or treats, and inputs that it compares."""

    labels: frozenset[str]
    inputs: frozenset[str]


def reads_of(program: Program, flow: FlowProgram) -> Reads:
    """What a flow's verdict depends on."""
    labels = {label for each in flow.outputs.classes if each.treated for label in each.labels}
    inputs: set[int] = set()
    for feature in _features(flow):
        match program.features[feature]:
            case Counted(group) | Found(group) | Unread(group):
                labels |= {*program.groups[group].labels}
            case other:
                inputs.add(other.input)
    return Reads(
        frozenset(program.labels[label] for label in labels),
        frozenset(program.inputs[place].name for place in inputs),
    )


def is_silent(flow: FlowProgram, targets: int) -> bool:
    """Whether no rule speaks about a flow of a policy with so many targets.

    Then everything is permitted and nothing is held or treated, whatever is given.
    """
    outputs, everyone = flow.outputs, (1 << targets) - 1
    says = (outputs.fired, outputs.reasons, outputs.treated, outputs.caps, outputs.tools)
    return (
        outputs.permitted == _YES
        and outputs.hold == outputs.restricted == _NO
        and flow.nodes[0] == Fixed(everyone, 0)
        and not any((*says, outputs.tags, outputs.blamed))
    )


_YES, _NO = 0, 1
"""The literals of the first node, as it is and negated."""


def _features(flow: FlowProgram) -> set[int]:
    """The features that nodes before `late` read."""
    found: set[int] = set()
    for node in flow.nodes[: flow.late]:
        if isinstance(node, Feature):
            found.add(node.feature)
        else:
            found |= {*getattr(node, "features", ())}
    return found
