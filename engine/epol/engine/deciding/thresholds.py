"""The values of inputs at which a comparison of a flow turns: where another makes a difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from epol.engine.bundle.program import (
    Equal,
    Feature,
    FlowProgram,
    Gather,
    Lanes,
    Less,
    Node,
    OfInput,
    Program,
    Sum,
    Value,
)


def thresholds_of(program: Program, flow: FlowProgram) -> Mapping[str, tuple[int, ...]]:
    """For each input that is compared with constants, these, ascending, on the scale of its type.

    Of what is compared with a sum it is one where all else in the sum is zero.
    """
    found: dict[str, set[int]] = {}
    for node in flow.nodes:
        if not isinstance(node, Less | Equal):
            continue
        # left < right turns where left - right is zero.
        zero = _linear(flow.nodes, node.left).plus(_linear(flow.nodes, node.right), -1)
        for feature, times in zero.features:
            reading = program.features[feature]
            if isinstance(reading, OfInput) and times:
                values = {-constant // times for constant in zero.constants.values()}
                found.setdefault(program.inputs[reading.input].name, set()).update(values)
    return {name: tuple(sorted(values)) for name, values in found.items()}


@dataclass
class _Linear:
    """Features with their coefficients, and a constant for each target, by its place.

    What else there is counts as zero.
    """

    features: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    constants: dict[int, int] = field(default_factory=lambda: {_ANY: 0})

    def plus(self, other: _Linear, times: int) -> _Linear:
        """The sum with some times another."""
        features = [*self.features, *((f, n * times) for f, n in other.features)]
        lanes = {*self.constants, *other.constants} - {_ANY} or {_ANY}
        return _Linear(features, {at: self.at(at) + times * other.at(at) for at in lanes})

    def at(self, lane: int) -> int:
        """The constant of a target."""
        return self.constants.get(lane, self.constants.get(_ANY, 0))


_ANY = -1
"""Stands for every target."""


def _linear(nodes: Sequence[Node], place: int) -> _Linear:
    match nodes[place]:
        case Feature(feature):
            return _Linear([(feature, 1)])
        case Gather(features):
            return _Linear([(feature, 1) for feature in features])
        case Value(value):
            return _Linear(constants={_ANY: value})
        case Lanes(values):
            known = {at: value for at, value in enumerate(values) if value is not None}
            return _Linear(constants=known or {_ANY: 0})
        case Sum(constant, terms):
            total = _Linear(constants={_ANY: constant})
            for times, number in terms:
                total = total.plus(_linear(nodes, number), times)
            return total
        case _:
            return _Linear()
