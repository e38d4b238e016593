"""Programs that no policy has: their numbers go to the ends of what the kernel computes."""

from __future__ import annotations

from array import array

from epol.engine.bundle.program import (
    GATES,
    Feature,
    Fixed,
    FlowProgram,
    Input,
    Named,
    Node,
    NumberInput,
    OfInput,
    Outputs,
    Points,
    Program,
    Rule,
    Scale,
    Value,
)
from epol.engine.bundle.soundness import check
from epol.engine.deciding.decider import Decider, Features
from epol.engine.kernel.load import Kernel

LOW, HIGH = -(2**63), 2**63 - 1
TRUE, NUMBER, CONSTANT, OTHER, LAST = 0, 1, 2, 3, 4
"""The places of the nodes of the programs below."""


def program(*more: Node, points: tuple[Points, ...] = ()) -> Program:
    """A program that reads one number, with a rule that fires if the last node is a true gate."""
    nodes: tuple[Node, ...] = (Fixed(1, 0), Feature(0), *more)
    literal = 2 * (len(nodes) - 1 if isinstance(nodes[-1], GATES) else TRUE)
    outputs = Outputs(
        permitted=2 * TRUE,
        hold=2 * TRUE + 1,
        fired=(Named(0, literal),),
        reasons=(),
        points=points,
        caps=(),
        restricted=2 * TRUE + 1,
        tools=(),
        tags=(),
        treated=(),
        classes=(),
        roots=(),
        blamed=(),
    )
    flow = FlowProgram(nodes, len(nodes), outputs)
    made = Program(
        inputs=(Input("a.n", NumberInput("int", LOW, HIGH)),),
        labels=(),
        groups=(),
        strings=(),
        words=(),
        features=(OfInput(0),),
        targets=("t",),
        rules=(Rule("r", None),),
        models=(),
        request=flow,
        response=flow,
        tool_call=flow,
    )
    check(made)
    return made


def decided(made: Program, number: int, kernel: Kernel | None = None) -> tuple[bool, int]:
    """Whether the rule fires, and the score."""
    decider = Decider(made)
    if kernel is not None:
        decider.kernel = kernel
    features = Features(array("q", [number]), bytearray(b"\1"))
    target = decider.decide(features, {}, "request", 1).targets()["t"]
    return target.fired == ("r",), target.score


NUMBERS = (-(2**26) - 1, -(2**26), -7, 0, 7, 2**26 - 1, 2**26, 2**36)
FRACTIONS = ((1, 3), (2**26 - 1, 2**26), (2**26, 7), (-5, 2), (7, 2**40))


def scales(number: int, times: int, by: int, kernel: Kernel | None = None) -> bool:
    """Whether a number is scaled exactly."""
    scaled = Scale(NUMBER, CONSTANT, OTHER)
    points = (Points(2 * TRUE, 1, LAST), Points(2 * TRUE, -1, CONSTANT))
    made = program(Value(times), Value(by), scaled, points=points)
    return decided(made, number, kernel)[1] == number * times // by - times


def scales_all(kernel: Kernel | None = None) -> bool:
    """Whether all of these numbers are scaled exactly."""
    return all(scales(number, *each, kernel) for number in NUMBERS for each in FRACTIONS)
