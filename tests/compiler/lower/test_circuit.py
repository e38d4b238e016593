"""Folds of the circuit that no random policy reaches for sure."""

from __future__ import annotations

import pytest

from epol.compiler.ir import Circuit, Features
from epol.engine.bundle.program import And, Choose, Fixed, Lanes, OfInput, Sum, Value


@pytest.fixture
def circuit() -> Circuit:
    return Circuit(2, Features())


def sure(circuit: Circuit, place: int) -> int:
    """A number that is never unknown."""
    return circuit.feature(OfInput(place), sure=True)


def maybe(circuit: Circuit, place: int) -> int:
    """A number that may be unknown."""
    return circuit.feature(OfInput(place), sure=False)


def test_a_contradiction_of_what_is_known_is_false(circuit: Circuit) -> None:
    x = circuit.equal(sure(circuit, 0), circuit.value(1))
    y = circuit.equal(sure(circuit, 1), circuit.value(1))
    assert circuit.both((x, x ^ 1)) == circuit.false
    assert circuit.both((x, y, x ^ 1)) == circuit.false
    assert circuit.both((x, y)) not in (circuit.false, circuit.true)


def test_a_contradiction_of_what_may_be_unknown_stays(circuit: Circuit) -> None:
    x = circuit.equal(maybe(circuit, 0), circuit.value(1))
    y = circuit.equal(sure(circuit, 1), circuit.value(1))
    assert isinstance(circuit.nodes[circuit.both((x, x ^ 1)) >> 1], And)
    assert isinstance(circuit.nodes[circuit.both((x, x ^ 1, y)) >> 1], And)


def test_fixed_conditions_fold_by_target(circuit: Circuit) -> None:
    one, other = circuit.fixed((True, None)), circuit.fixed((None, True))
    assert circuit.both((one, other)) == circuit.unknown
    assert circuit.both((one, circuit.fixed((False, None)))) == circuit.fixed((False, None))
    assert circuit.fixed((False, True)) == circuit.fixed((True, False)) ^ 1
    assert circuit.maybe(one) == circuit.true
    assert circuit.surely(one) == circuit.fixed((True, False))


def test_one_of_nothing_is_false(circuit: Circuit) -> None:
    number = sure(circuit, 0)
    assert circuit.member(number, ()) == circuit.false
    assert circuit.member(number, (3, 3)) == circuit.equal(number, circuit.value(3))


@pytest.mark.parametrize(("function", "value"), [("min", 2), ("max", 7)])
def test_extremes_of_constants_fold(circuit: Circuit, function: str, value: int) -> None:
    constants = circuit.value(2), circuit.value(7)
    assert circuit.nodes[circuit.extreme(function, constants)] == Value(value)
    lanes = circuit.per_target((1, None)), circuit.value(4)
    folded = circuit.nodes[circuit.extreme(function, lanes)]
    assert folded == Lanes(({"min": 1, "max": 4}[function], None))


def test_constants_of_all_targets_are_one(circuit: Circuit) -> None:
    assert circuit.nodes[circuit.per_target((5, 5))] == Value(5)
    assert circuit.nodes[circuit.per_target((5, 6))] == Lanes((5, 6))
    assert circuit.nodes[circuit.per_target((5, None))] == Lanes((5, None))
    assert circuit.nodes[circuit.per_target((None, None))] == Lanes((None, None))


def test_sums_join_what_they_can(circuit: Circuit) -> None:
    x, y = maybe(circuit, 0), sure(circuit, 1)
    lanes = circuit.per_target((1, None))
    assert circuit.sum(0, [(1, x)]) == x
    assert circuit.sum(0, [(1, y), (1, x), (-1, y)]) == x
    # What may be unknown stays, for the sum is unknown where it is.
    assert circuit.nodes[circuit.sum(0, [(1, x), (-1, x)])] == Sum(0, ((0, x),))
    assert circuit.nodes[circuit.sum(1, [(1, y), (-1, y)])] == Value(1)
    assert circuit.nodes[circuit.sum(1, [(2, circuit.value(4)), (3, lanes)])] == Lanes((12, None))
    assert circuit.nodes[circuit.sum(2**63, [(2**63, x)])] == Sum(-(2**63), ((-(2**63), x),))


def test_fractions_are_reduced(circuit: Circuit) -> None:
    x = maybe(circuit, 0)
    three, six = circuit.value(3), circuit.value(6)
    assert circuit.scale(x, six, six) == x
    assert circuit.nodes[circuit.scale(x, six, three)] == Sum(0, ((2, x),))
    assert circuit.scale(x, three, six) == circuit.scale(x, circuit.value(1), circuit.value(2))
    assert circuit.nodes[circuit.scale(circuit.value(-7), three, six)] == Value(-4)


def test_a_choice_of_a_constant_is_made(circuit: Circuit) -> None:
    x, y = maybe(circuit, 0), maybe(circuit, 1)
    test = circuit.equal(x, y)
    assert circuit.choose(circuit.true, x, y) == x
    assert circuit.choose(circuit.false, x, y) == y
    assert isinstance(circuit.nodes[circuit.choose(test, x, y)], Choose)
    assert isinstance(circuit.nodes[circuit.choose(circuit.unknown, x, y)], Choose)


def test_a_gathered_number_is_known_where_all_are(circuit: Circuit) -> None:
    readings = OfInput(0), OfInput(1)
    assert circuit.known(circuit.gather(readings, (True, False))) != circuit.true
    other = Circuit(2, Features())
    assert other.known(other.gather(readings, (True, True))) == other.true


def test_comparisons_of_constants_fold(circuit: Circuit) -> None:
    one, other = circuit.per_target((1, None)), circuit.per_target((2, 2))
    assert circuit.less(one, other) == circuit.fixed((True, None))
    assert circuit.less(other, one) == circuit.fixed((False, None))
    assert circuit.equal(one, other) == circuit.fixed((False, None))
    assert isinstance(circuit.nodes[circuit.fixed((False, None)) >> 1], Fixed)
