"""Programs that no policy has: their numbers go to the ends of what the kernel computes."""

from __future__ import annotations

from array import array

from epol.engine.bundle.program import (
    GATES,
    Feature,
    Fixed,
    FlowProgram,
    Input,
    Lanes,
    Member,
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


def program(
    *more: Node, points: tuple[Points, ...] = (), inputs: int = 1, targets: str = "t"
) -> Program:
    """A program that reads a number, with a rule for each gate, or for a true one if there is none.

    The other inputs are read by `Feature` nodes of their own.  Each target is a letter.
    """
    nodes: tuple[Node, ...] = (Fixed((1 << len(targets)) - 1, 0), Feature(0), *more)
    gates = [place for place, node in enumerate(nodes) if place and isinstance(node, GATES)] or [
        TRUE
    ]
    outputs = Outputs(
        permitted=2 * TRUE,
        hold=2 * TRUE + 1,
        fired=tuple(Named(rule, 2 * gate) for rule, gate in enumerate(gates)),
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
        inputs=tuple(Input(f"a.{i}", NumberInput("int", LOW, HIGH)) for i in range(inputs)),
        labels=(),
        groups=(),
        strings=(),
        words=(),
        features=tuple(map(OfInput, range(inputs))),
        targets=tuple(targets),
        rules=tuple(Rule(f"r{rule}", None) for rule in range(len(gates))),
        models=(),
        request=flow,
        response=flow,
        tool_call=flow,
    )
    check(made)
    return made


def outcome(
    made: Program, *numbers: int, kernel: Kernel | None = None
) -> list[tuple[tuple[str, ...], int]]:
    """Of each target the rules that fire, and the score."""
    decider = Decider(made)
    if kernel is not None:
        decider.kernel = kernel
    features = Features(array("q", numbers), bytearray(b"\1" * len(numbers)))
    targets = decider.decide(features, {}, "request", (1 << len(made.targets)) - 1).targets()
    return [(target.fired, target.score) for target in targets.values()]


def decided(made: Program, number: int, kernel: Kernel | None = None) -> tuple[bool, int]:
    """Whether the rule of the only gate fires, and the score of the only target."""
    [(fired, score)] = outcome(made, number, kernel=kernel)
    return fired == ("r0",), score


_SMALL = (-(2**26) - 1, -(2**26), -7, 0, 7, 2**26 - 1, 2**26, 2**36)
_LARGE = (
    -(2**62) - 1,
    -(2**62),
    1 - 2**52,
    -(2**52),
    -(2**52) - 1,
    2**52 - 1,
    2**52,
    2**53 + 1,
    2**62 + 1,
)
NUMBERS = (*_SMALL, *_LARGE, 3 * 2**50 - 1)
LANES = ((7, 2**62 + 1), (2**62 + 1, 7), (-(2**62), 2), (-1, -(2**62), 2), (5, 6, 7, 8, 1 - 2**62))
FRACTIONS = ((1, 1), (1, 3), (2**26 - 1, 2**26), (2**26, 7), (-5, 2), (7, 2**40), (-1, 2**52 + 1))


def scales(number: int, times: int, by: int, kernel: Kernel | None = None) -> bool:
    """Whether a number is scaled exactly, or to what has more than 64 bits, which no policy has."""
    scaled = Scale(NUMBER, CONSTANT, OTHER)
    points = (Points(2 * TRUE, 1, LAST), Points(2 * TRUE, -1, CONSTANT))
    if not LOW <= number * times // by <= HIGH:
        return True
    made = program(Value(times), Value(by), scaled, points=points)
    return decided(made, number, kernel)[1] == number * times // by - times


def scales_lanes(numbers: tuple[int, ...], kernel: Kernel | None = None) -> bool:
    """Whether the numbers of several targets are scaled exactly, by one fraction and by several."""
    targets, points = "tuvwxyz"[: len(numbers)], (Points(2 * TRUE, 1, 5),)
    times = tuple(range(1, len(numbers) + 1))
    for numerator, right in ((Value(1), [1] * len(numbers)), (Lanes(times), times)):
        made = program(
            Lanes(numbers), numerator, Value(9), Scale(2, 3, 4), points=points, targets=targets
        )
        scaled = [n * m // 9 for n, m in zip(numbers, right, strict=True)]
        if [score for _, score in outcome(made, 0, kernel=kernel)] != scaled:
            return False
    return True


def scales_all(kernel: Kernel | None = None) -> bool:
    """Whether all of these numbers are scaled exactly."""
    return all(scales(number, *each, kernel) for number in NUMBERS for each in FRACTIONS) and all(
        scales_lanes(lanes, kernel) for lanes in LANES
    )


def finds_members(kernel: Kernel | None = None) -> bool:
    """Whether only members are found, where what is behind them in the code is the number."""
    for sets in ((0,), (0,)), ((0, 1), (0,)), ((0,), (0, 7)):
        made = program(Feature(1), *(Member(2, members) for members in sets), inputs=2)
        for number in range(-1, 9):
            right = tuple(f"r{rule}" for rule, members in enumerate(sets) if number in members)
            if outcome(made, 5, number, kernel=kernel) != [(right, 0)]:
                return False
    return True
