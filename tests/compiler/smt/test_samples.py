"""Values on many requests at once, compared with Z3's request by request."""

from collections.abc import Sequence
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.compiler.smt.samples import Samples, packed
from epol.compiler.smt.terms import Bool, Int, Term, Terms, Values
from tests.compiler.smt.test_terms import Maker

DEEP = 5_000


def some_requests(maker: Maker, count: int) -> list[Values]:
    """Random values for every unknown of a maker."""
    rng = maker.rng
    return [
        {
            term: rng.random() < 0.5 if isinstance(term, Bool) else rng.choice((0, 1, -7, 2**70))
            for term in maker.values
        }
        for _ in range(count)
    ]


def by_solver(terms: Terms, wanted: Sequence[Term], requests: Sequence[Values]) -> list[list[int]]:
    """By term, its values on every request, as Z3 says."""
    found = [terms.evaluated(wanted, each) for each in requests]
    return [[int(each[term]) for each in found] for term in wanted]


@given(st.integers(0, 2**32), st.integers(0, 3), st.integers(0, 5))
def test_the_values_are_those_of_the_solver(seed: int, depth: int, count: int) -> None:
    maker = Maker(Random(seed))
    compare(maker, maker.bool(depth)[0], maker.bool(depth)[0], maker.int(depth)[0], count)


@pytest.mark.parametrize("count", [0, 1, 64, 257])
@pytest.mark.parametrize("seed", range(4))
def test_any_number_of_requests_will_do(seed: int, count: int) -> None:
    maker = Maker(Random(seed))
    compare(maker, maker.bool(3)[0], maker.bool(2)[0], maker.int(3)[0], count)


def compare(maker: Maker, one: Bool, other: Bool, number: Int, count: int) -> None:
    """Whether samples and solver agree on three terms."""
    requests = some_requests(maker, count)
    samples = Samples(requests)
    first, second, numbers = by_solver(maker.terms, [one, other, number], requests)
    both = [i for i, pair in enumerate(zip(first, second, strict=True)) if all(pair)]
    assert samples.where(one) == sum(1 << i for i, value in enumerate(first) if value)
    assert samples.where(one, other) == sum(1 << i for i in both)
    assert samples.first(one, other) is (requests[both[0]] if both else None)
    assert list(samples.number(number)) == numbers


def test_connectives_of_all_truth_values() -> None:
    terms = Terms()
    a, b, c = (terms.boolean(name) for name in "abc")
    every = list(product((False, True), repeat=3))
    samples = Samples([dict(zip((a, b, c), each, strict=True)) for each in every])
    cases = [
        (terms.negation(a), [not x for x, _, _ in every]),
        (terms.both(a, b, c), [x and y and z for x, y, z in every]),
        (terms.either(a, b, c), [x or y or z for x, y, z in every]),
        (terms.same(a, b), [x == y for x, y, _ in every]),
        (terms.choice(a, b, c), [y if x else z for x, y, z in every]),
        (terms.true, [True] * 8),
        (terms.false, [False] * 8),
    ]
    for term, wanted in cases:
        assert samples.where(term) == packed(wanted)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_choice_among_any_number_of_requests(count: int) -> None:
    terms = Terms()
    a, x, y = terms.boolean("a"), terms.integer("x"), terms.integer("y")
    samples = Samples([{a: i % 2 == 1, x: i, y: -i} for i in range(count)])
    assert list(samples.number(terms.pick(a, x, y))) == [0, 1, -2][:count]
    assert list(samples.number(terms.total([x, y, x]))) == [0, 1, 2][:count]


def test_no_condition_holds_everywhere() -> None:
    requests: list[Values] = [{}, {}]
    assert Samples(requests).where() == 0b11
    assert Samples(requests).first() is requests[0]
    assert Samples([]).first() is None


def test_deep_terms_are_no_recursion() -> None:
    terms = Terms()
    a, x = terms.boolean("a"), terms.integer("x")
    truth, number = a, x
    for index in range(DEEP):
        truth = terms.negation(terms.both(truth, terms.boolean(f"b{index}")))
        number = terms.pick(a, terms.total([number, x]), number)
    requests: list[Values] = [
        {a: value, x: 3, **{terms.boolean(f"b{i}"): True for i in range(DEEP)}}
        for value in (True, False)
    ]
    samples = Samples(requests)
    assert samples.where(truth) == 0b01  # negated an even number of times
    assert list(samples.number(number)) == [3 * (DEEP + 1), 3]


@given(st.lists(st.booleans()))
def test_the_first_truth_is_the_lowest_bit(truths: list[bool]) -> None:
    bits = packed(truths)
    assert [bool(bits >> index & 1) for index in range(len(truths))] == truths
    assert bits >> len(truths) == 0
