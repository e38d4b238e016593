"""Guesses: within their bounds and steps, right where `Samples` says so, simple goals met."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.compiler.smt.guess import MOST_STEPS, Guesser, Unknowns
from epol.compiler.smt.samples import Samples
from epol.compiler.smt.terms import Bool, Int, Term, Terms, Values
from tests.compiler.smt.test_terms import Maker

BOUND = 99


def leaves(term: Term) -> set[Term]:
    """The unknowns of a term."""
    found, waiting = set[Term](), [term]
    while waiting:
        each = waiting.pop()
        if each.constant is None and not each.operands:
            found.add(each)
        waiting += each.operands
    return found


def bounds_of(base: Values) -> dict[Int, tuple[int, int]]:
    """The same bounds for all integers."""
    return {term: (-BOUND, BOUND) for term in base if isinstance(term, Int)}


def guessed(goal: Bool, base: Values, seed: int = 0) -> Values | None:
    """A guess, which must be within its bounds and leave alone what it does not ask about."""
    found = Guesser(base, bounds_of(base), Unknowns(), Random(seed)).guess(goal)
    if found is None:
        return None
    assert found.keys() == base.keys()
    assert all(found[term] == base[term] for term in base.keys() - leaves(goal))
    assert all(-BOUND <= value <= BOUND for t, value in found.items() if isinstance(t, Int))
    assert all(isinstance(value, bool) for t, value in found.items() if isinstance(t, Bool))
    return found


def met(goal: Bool, found: Values | None) -> bool:
    """Whether values meet a goal, as `Samples` says."""
    return found is not None and Samples([found]).first(goal) is found


@given(st.integers(0, 2**32), st.integers(0, 4))
def test_a_guess_is_within_its_bounds_and_what_is_confirmed_is_right(seed: int, depth: int) -> None:
    maker = Maker(Random(seed))
    goal = maker.bool(depth)[0]
    found = guessed(goal, maker.values, seed)
    if found is not None:
        assert met(goal, found) == maker.terms.evaluated([goal], found)[goal]


def test_most_goals_that_can_be_met_are_met() -> None:
    """Every goal is true of some values; a guess from others mostly finds such ones."""
    confirmed = 0
    for seed in range(100):
        maker = Maker(Random(seed))
        goal, holds = maker.bool(3)
        goal = goal if holds else maker.terms.negation(goal)
        base = {t: False if isinstance(t, Bool) else 0 for t in maker.values}
        found = [guessed(goal, base, turn) for turn in range(4)]
        confirmed += any(met(goal, each) for each in found)
    assert confirmed > 75


class Simple:
    """Some unknowns, and a plain request."""

    def __init__(self) -> None:
        self.terms = Terms()
        self.a, self.b = self.terms.boolean("a"), self.terms.boolean("b")
        self.x, self.y, self.z = (self.terms.integer(name) for name in "xyz")
        self.base: Values = {self.a: False, self.b: True, self.x: 0, self.y: 5, self.z: -5}

    def comparisons(self, item: Int, limit: int) -> list[Bool]:
        """Every way to compare an integer with a number."""
        terms, number = self.terms, self.terms.number(limit)
        equal = terms.equal(item, number)
        found = [terms.at_most(item, number), terms.at_most(number, item), equal]
        return [*found, *map(terms.negation, found)]


VALUES = st.integers(-BOUND + 1, BOUND - 1)
SEEDS = st.integers(0, 3)


@given(VALUES, SEEDS)
def test_one_comparison_is_always_met(limit: int, seed: int) -> None:
    simple = Simple()
    for goal in simple.comparisons(simple.x, limit):
        assert met(goal, guessed(goal, simple.base, seed))


@given(VALUES, VALUES, VALUES, SEEDS)
def test_independent_comparisons_are_always_met(one: int, two: int, three: int, seed: int) -> None:
    simple = Simple()
    every = zip(
        simple.comparisons(simple.x, one),
        simple.comparisons(simple.y, two),
        simple.comparisons(simple.z, three),
        strict=True,
    )
    for parts in every:
        goal = simple.terms.all([*parts, simple.a, simple.terms.negation(simple.b)])
        assert met(goal, guessed(goal, simple.base, seed))


@given(VALUES, SEEDS)
def test_comparisons_of_two_unknowns_are_always_met(value: int, seed: int) -> None:
    simple = Simple()
    terms, pair = simple.terms, (simple.x, simple.y)
    base = {**simple.base, simple.x: value}
    for goal in (terms.equal(*pair), terms.at_most(*pair), terms.below(*pair)):
        assert met(goal, guessed(goal, base, seed))
        assert met(terms.negation(goal), guessed(terms.negation(goal), base, seed))


@given(VALUES, st.integers(-5, 5), st.integers(1, 7), SEEDS)
def test_arithmetic_of_one_operation_is_always_met(
    value: int, factor: int, divisor: int, seed: int
) -> None:
    """The limit is one that the operation reaches, within the bounds of its unknowns."""
    simple = Simple()
    terms, x = simple.terms, simple.x
    total = terms.total([x, simple.y, terms.number(3)])
    cases = [
        (terms.times(x, factor or 1), value * (factor or 1)),
        (terms.scaled(x, 1, divisor), value // divisor),
        (terms.scaled(x, factor or 1, divisor), value * (factor or 1) // divisor),
        (total, value + 8),
        (terms.pick(simple.a, x, simple.y), value),
        (terms.pick(simple.b, terms.number(1000), x), value),
    ]
    for item, limit in cases:
        number = terms.number(limit)
        for goal in (
            terms.equal(item, number),
            terms.at_most(item, number),
            terms.at_most(number, item),
        ):
            assert met(goal, guessed(goal, simple.base, seed))


@given(st.booleans(), st.booleans(), SEEDS)
def test_connectives_are_always_met(one: bool, other: bool, seed: int) -> None:
    simple = Simple()
    terms, a, b = simple.terms, simple.a, simple.b
    base = {**simple.base, a: one, b: other}
    for goal in (terms.same(a, b), terms.either(a, b), terms.both(a, b), terms.choice(a, b, a)):
        assert met(goal, guessed(goal, base, seed))
    for goal in (terms.same(a, b), terms.both(a, b), terms.either(a, b)):
        assert met(terms.negation(goal), guessed(terms.negation(goal), base, seed))


def test_what_holds_already_is_left_as_it_is() -> None:
    simple = Simple()
    terms, five = simple.terms, simple.terms.number(5)
    for goal in (simple.b, terms.equal(simple.y, five), terms.either(simple.a, simple.b)):
        assert guessed(goal, simple.base) == simple.base


def test_what_cannot_be_is_not_found() -> None:
    simple = Simple()
    terms = simple.terms
    beyond = terms.at_most(terms.number(BOUND + 1), simple.x)
    torn = terms.both(
        terms.at_most(simple.x, terms.number(3)), terms.at_most(terms.number(4), simple.x)
    )
    for goal in (terms.false, beyond, torn):
        assert guessed(goal, simple.base) is None


def test_what_one_step_undoes_is_done_again() -> None:
    """The first part holds as it is; what meets the second part breaks it."""
    simple = Simple()
    terms = simple.terms
    first = terms.either(terms.at_most(simple.x, terms.number(0)), simple.a)
    goal = terms.both(first, terms.at_most(terms.number(7), simple.x))
    for seed in range(10):
        assert guessed(goal, simple.base, seed) == {**simple.base, simple.x: 7, simple.a: True}


def test_a_dead_end_leaves_nothing_behind() -> None:
    """One way sets `a` and fails; the other one needs it as it was."""
    simple = Simple()
    terms = simple.terms
    dead = terms.both(simple.a, terms.at_most(terms.number(BOUND + 1), simple.x))
    goal = terms.either(dead, terms.equal(simple.x, terms.number(7)))
    for seed in range(10):
        assert guessed(goal, simple.base, seed) == {**simple.base, simple.x: 7}


@pytest.mark.parametrize("length", [MOST_STEPS // 4, 2 * MOST_STEPS])
def test_a_long_goal_is_given_up_or_met(length: int) -> None:
    terms = Terms()
    names = [terms.boolean(str(index)) for index in range(length)]
    goal = terms.all(names)
    base: Values = {**dict.fromkeys(names, False)}
    found = guessed(goal, base)
    assert met(goal, found) if length < MOST_STEPS else found is None


def test_a_deep_goal_is_met_or_given_up() -> None:
    terms = Terms()
    goal, number = terms.boolean("a"), terms.integer("x")
    base: dict[Term, bool | int] = {goal: False, number: 0}
    for index in range(5_000):
        other = terms.boolean(f"b{index}")
        goal, base[other] = terms.negation(terms.both(goal, other)), True
        number = terms.total([number, terms.pick(other, number, terms.number(index))])
    # One way leads there at once, another through all of it.
    found = [guessed(goal, base, seed) for seed in range(10)]
    assert all(each is None or met(goal, each) for each in found)
    assert any(found)
    assert guessed(terms.equal(number, terms.number(7)), base) is None
