"""What no policy says, but a program may: numbers at the ends of 64 bits."""

from __future__ import annotations

from array import array

import pytest

from epol.engine.bundle.program import (
    GATES,
    Equal,
    Feature,
    Fixed,
    FlowProgram,
    Input,
    Lanes,
    Less,
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
from epol.engine.kernel import opcodes as op
from epol.engine.kernel.assemble import assemble
from epol.lang.request import Request
from tests.differential.decided import of
from tests.differential.policies import compiled

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


def decided(made: Program, number: int) -> tuple[bool, int]:
    """Whether the rule fires, and the score."""
    outcome = Decider(made).decide(
        Features(array("q", [number]), bytearray(b"\1")), {}, "request", 1
    )
    target = outcome.targets()["t"]
    return target.fired == ("r",), target.score


@pytest.mark.parametrize("number", [LOW, LOW + 1, -1, 0, 1, HIGH - 1, HIGH])
@pytest.mark.parametrize("constant", [LOW, LOW + 1, 0, 1, HIGH - 1, HIGH])
def test_numbers_are_compared_up_to_the_ends_of_64_bits(number: int, constant: int) -> None:
    below = program(Value(constant), Less(NUMBER, CONSTANT))
    above = program(Value(constant), Less(CONSTANT, NUMBER))
    same = program(Value(constant), Equal(CONSTANT, NUMBER))
    assert decided(below, number)[0] == (number < constant)
    assert decided(above, number)[0] == (constant < number)
    assert decided(same, number)[0] == (number == constant)


@pytest.mark.parametrize("number", [-(2**26) - 1, -(2**26), -7, 0, 7, 2**26 - 1, 2**26, 2**36])
@pytest.mark.parametrize("fraction", [(1, 3), (2**26 - 1, 2**26), (2**26, 7), (-5, 2), (7, 2**40)])
def test_numbers_are_scaled_exactly(number: int, fraction: tuple[int, int]) -> None:
    times, by = fraction
    scaled = Scale(NUMBER, CONSTANT, OTHER)
    points = (Points(2 * TRUE, 1, LAST), Points(2 * TRUE, -1, CONSTANT))
    made = program(Value(times), Value(by), scaled, points=points)
    assert decided(made, number)[1] == number * times // by - times


def test_points_are_added_modulo_two_to_the_64() -> None:
    made = program(Value(LOW), points=(Points(2 * TRUE, -1, CONSTANT),))
    assert decided(made, 0) == (True, LOW)


def test_a_constant_that_is_unknown_is_told_though_all_that_is_given_is_known() -> None:
    text = """policy constants version "1"
    field speed : int in 1 .. 9
    attr a.other : bool
    target t { at local }
    target u { at cloud speed 3 }
    rule slow { when target.speed > 5 and a.other tag "slow" }
    """
    policy = compiled(text)
    assert policy is not None
    asked = [Request(inputs={"a.other": other}) for other in (True, False)]
    found = of("constants", policy, asked)
    assert found.cases[0][1].unknown == ("t.speed",)
    assert not found.disagrees(found.program)


@pytest.mark.parametrize(
    ("nodes", "wanted"),
    [
        ((Value(5), Less(NUMBER, CONSTANT)), 0),
        ((Lanes((5,)), Less(NUMBER, CONSTANT)), 0),
        ((Lanes((None,)), Less(NUMBER, CONSTANT)), 1),
        ((Fixed(1, 1),), 1),
        ((Fixed(0, 1),), 0),
    ],
)
def test_it_is_known_whether_a_constant_is_unknown(nodes: tuple[Node, ...], wanted: int) -> None:
    made = program(*nodes)
    assert assemble(made, made.request, single=True).code[op.UNKNOWNS] == wanted
