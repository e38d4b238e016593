"""Terms fold as they are made, and mean what Python's own operators mean."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.compiler.smt.api import SolverError
from epol.compiler.smt.terms import Bool, Int, Term, Terms


class Maker:
    """Random terms beside the same computation in Python, over a few unknowns."""

    def __init__(self, rng: Random) -> None:
        self.rng, self.terms = rng, Terms()
        self.values: dict[Term, bool | int] = {}
        for name in "abc":
            self.values[self.terms.boolean(name)] = rng.random() < 0.5
        for name in "xyz":
            self.values[self.terms.integer(name)] = rng.choice((0, 1, -1, rng.randint(-99, 99)))

    def bool(self, depth: int) -> tuple[Bool, bool]:
        terms, rng = self.terms, self.rng
        if depth == 0:
            value = rng.random() < 0.5
            known = [(t, bool(v)) for t, v in self.values.items() if isinstance(t, Bool)]
            return rng.choice([*known, (terms.truth(value), value)])
        one, other, third = (self.bool(depth - 1) for _ in range(3))
        left, right = self.int(depth - 1), self.int(depth - 1)
        match rng.randrange(9):
            case 0:
                return terms.negation(one[0]), not one[1]
            case 1:
                return terms.both(one[0], other[0], third[0]), one[1] and other[1] and third[1]
            case 2:
                return terms.either(one[0], other[0]), one[1] or other[1]
            case 3:
                return terms.same(one[0], other[0]), one[1] == other[1]
            case 4:
                chosen = other[1] if one[1] else third[1]
                return terms.choice(one[0], other[0], third[0]), chosen
            case 5:
                return terms.implies(one[0], other[0]), not one[1] or other[1]
            case 6:
                return terms.equal(left[0], right[0]), left[1] == right[1]
            case 7:
                return terms.at_most(left[0], right[0]), left[1] <= right[1]
            case _:
                return terms.below(left[0], right[0]), left[1] < right[1]

    def int(self, depth: int) -> tuple[Int, int]:
        terms, rng = self.terms, self.rng
        if depth == 0:
            value = rng.choice((0, 1, -3, 2**70, rng.randint(-9, 9)))
            known = [(t, int(v)) for t, v in self.values.items() if isinstance(t, Int)]
            return rng.choice([*known, (terms.number(value), value)])
        one, other = self.int(depth - 1), self.int(depth - 1)
        factor, divisor = rng.randint(-5, 5), rng.randint(1, 7)
        match rng.randrange(4):
            case 0:
                return terms.total([one[0], other[0], one[0]]), one[1] * 2 + other[1]
            case 1:
                return terms.times(one[0], factor), one[1] * factor
            case 2:
                return terms.scaled(one[0], factor, divisor), one[1] * factor // divisor
            case _:
                test = self.bool(depth - 1)
                return terms.pick(test[0], one[0], other[0]), one[1] if test[1] else other[1]


@given(st.integers(0, 2**32), st.integers(0, 4))
def test_terms_mean_what_python_means(seed: int, depth: int) -> None:
    maker = Maker(Random(seed))
    made: list[tuple[Term, bool | int]] = [maker.bool(depth), maker.int(depth)]
    found = maker.terms.evaluated([term for term, _ in made], maker.values)
    for term, value in made:
        assert found[term] == value
        assert term.constant is None or term.constant == value


def test_the_same_operands_give_the_same_term() -> None:
    terms = Terms()
    a, b, x = terms.boolean("a"), terms.boolean("b"), terms.integer("x")
    assert terms.both(a, b, a) is terms.both(a, b)
    assert terms.negation(terms.negation(a)) is a
    assert terms.scaled(x, 6, 4) is terms.scaled(x, 3, 2)
    assert terms.both(a, terms.negation(a)) is terms.false
    assert terms.either(a, terms.negation(a)) is terms.true


def test_an_unknown_without_a_value_is_told() -> None:
    terms = Terms()
    with pytest.raises(ValueError, match="without a value"):
        terms.evaluated([terms.boolean("a")], {})
    with pytest.raises(SolverError):
        terms.evaluated([terms.integer("x")], {})
