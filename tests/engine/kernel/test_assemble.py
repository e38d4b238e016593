"""What no policy says, but a program may: numbers at the ends of 64 bits."""

from __future__ import annotations

import pytest

from epol.engine.bundle.program import Equal, Fixed, Lanes, Less, Node, Points, Value
from epol.engine.kernel import opcodes as op
from epol.engine.kernel.assemble import assemble
from epol.lang.request import Request
from tests.differential.decided import of
from tests.differential.policies import compiled
from tests.engine.kernel.ends import (
    CONSTANT,
    FRACTIONS,
    HIGH,
    LANES,
    LOW,
    NUMBER,
    NUMBERS,
    TRUE,
    decided,
    finds_members,
    program,
    scales,
    scales_all,
    scales_lanes,
)
from tests.engine.kernel.pure import pure_kernel


@pytest.mark.parametrize("number", [LOW, LOW + 1, -1, 0, 1, HIGH - 1, HIGH])
@pytest.mark.parametrize("constant", [LOW, LOW + 1, 0, 1, HIGH - 1, HIGH])
def test_numbers_are_compared_up_to_the_ends_of_64_bits(number: int, constant: int) -> None:
    below = program(Value(constant), Less(NUMBER, CONSTANT))
    above = program(Value(constant), Less(CONSTANT, NUMBER))
    same = program(Value(constant), Equal(CONSTANT, NUMBER))
    assert decided(below, number)[0] == (number < constant)
    assert decided(above, number)[0] == (constant < number)
    assert decided(same, number)[0] == (number == constant)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("fraction", FRACTIONS)
def test_numbers_are_scaled_exactly(number: int, fraction: tuple[int, int]) -> None:
    assert scales(number, *fraction)


@pytest.mark.parametrize("numbers", LANES)
def test_numbers_of_targets_are_scaled_exactly(numbers: tuple[int, ...]) -> None:
    assert scales_lanes(numbers)


def test_only_members_are_found() -> None:
    assert finds_members()


def test_the_source_of_the_kernel_does_as_its_machine_code() -> None:
    assert scales_all(pure_kernel())
    assert finds_members(pure_kernel())


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
