"""Kleene's logic and exact arithmetic, in full tables and against exact fractions."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.lang.model import Method
from epol.lang.semantics import (
    coarsest,
    compare,
    conjunction,
    disjunction,
    extreme,
    negation,
    scale,
    signed,
    total,
)

T, F, U = True, False, None
TRUTHS = (T, F, U)
NUMBERS = st.integers(-(2**63), 2**63 - 1)

AND: dict[tuple[bool | None, ...], bool | None] = {
    (T, T): T, (T, F): F, (T, U): U,
    (F, T): F, (F, F): F, (F, U): F,
    (U, T): U, (U, F): F, (U, U): U,
}  # fmt: skip
OR: dict[tuple[bool | None, ...], bool | None] = {
    (T, T): T, (T, F): T, (T, U): T,
    (F, T): T, (F, F): F, (F, U): U,
    (U, T): T, (U, F): U, (U, U): U,
}  # fmt: skip


@pytest.mark.parametrize("pair", AND)
def test_the_tables_of_and_and_or(pair: tuple[bool | None, bool | None]) -> None:
    assert conjunction(pair) is AND[pair]
    assert disjunction(pair) is OR[pair]


def test_the_table_of_not() -> None:
    assert [negation(value) for value in TRUTHS] == [F, T, U]


@pytest.mark.parametrize("three", list(product(TRUTHS, repeat=3)))
def test_more_operands_are_taken_in_any_order(three: tuple[bool | None, ...]) -> None:
    a, b, c = three
    assert conjunction(three) is AND[AND[a, b], c] is AND[a, AND[b, c]]
    assert disjunction(three) is OR[OR[a, b], c] is OR[a, OR[b, c]]
    assert negation(conjunction(three)) is disjunction(negation(each) for each in three)


def test_nothing_joined_is_the_neutral_value() -> None:
    assert conjunction([]) is T
    assert disjunction([]) is F


COMPARED = {
    "==": (F, T, F), "!=": (T, F, T), "<": (T, F, F),
    "<=": (T, T, F), ">": (F, F, T), ">=": (F, T, T),
}  # fmt: skip


@pytest.mark.parametrize("op", COMPARED)
def test_the_table_of_comparisons(op: str) -> None:
    assert tuple(compare(op, 5, other) for other in (6, 5, 4)) == COMPARED[op]


@pytest.mark.parametrize("op", COMPARED)
def test_a_comparison_with_an_unknown_is_unknown(op: str) -> None:
    assert compare(op, U, 5) is U
    assert compare(op, 5, U) is U
    assert compare(op, U, U) is U


def test_strings_and_bools_are_equal_or_not() -> None:
    assert compare("==", "a", "a") is T
    assert compare("!=", "a", "b") is T
    assert compare("==", T, F) is F


@given(NUMBERS, NUMBERS, st.integers(1, 2**40))
def test_scaling_is_exact_and_rounds_toward_minus_infinity(x: int, n: int, d: int) -> None:
    assert scale(x, n, d) == (Fraction(x) * n / d).__floor__()
    assert scale(x, n, d) == (x // d) * n + ((x % d) * n) // d


@pytest.mark.parametrize("place", range(3))
def test_scaling_with_an_unknown_is_unknown(place: int) -> None:
    values: list[int | None] = [5, 5, 5]
    values[place] = None
    assert scale(*values) is U


@given(st.lists(NUMBERS | st.none(), min_size=1))
def test_sums_and_extremes_are_unknown_if_any_part_is(values: list[int | None]) -> None:
    known = [value for value in values if value is not None]
    whole = len(known) == len(values)
    assert total(values) == (sum(known) if whole else None)
    assert extreme("min", values) == (min(known) if whole else None)
    assert extreme("max", values) == (max(known) if whole else None)


def test_a_term_has_its_sign() -> None:
    assert (signed(1, 5), signed(-1, 5), signed(-1, None)) == (5, -5, None)


YEAR, MONTH, DECADE, ZIP = Method("year"), Method("month"), Method("decade"), Method("zip3")
TEN, FIVE, NETWORK = Method("round", 10), Method("round", 5), Method("network")


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        ([YEAR], YEAR),
        ([MONTH, YEAR], YEAR),
        ([YEAR, DECADE, MONTH], DECADE),
        ([FIVE, TEN, FIVE], TEN),
        ([ZIP, ZIP], ZIP),
        ([NETWORK], NETWORK),
        ([YEAR, ZIP], None),
        ([ZIP, NETWORK], None),
        ([YEAR, TEN], None),
        ([YEAR, None], None),
        ([None, YEAR], None),
        ([None], None),
    ],
)
def test_the_coarsest_wins_and_what_does_not_compare_redacts(
    methods: list[Method | None], expected: Method | None
) -> None:
    assert coarsest(methods) == expected
    assert coarsest(reversed(methods)) == expected


def test_a_method_is_written_as_in_the_language() -> None:
    assert [str(YEAR), str(Method("round", 10_500_000))] == ["year", "round 10.5"]
