"""The JSON of a decision."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.lang.builtins import EFFORTS, TREATMENTS, Treatment
from epol.lang.decision import cap_json, scaled_json
from epol.lang.literals import INT64_MAX, INT64_MIN, MILLION
from epol.lang.types import (
    BOOL,
    PLAIN_TYPES,
    STRING,
    EnumType,
    NumericType,
    SetType,
    constant_type,
)


@given(st.integers(INT64_MIN, INT64_MAX))
def test_a_score_is_exact_and_whole_where_it_can_be(value: int) -> None:
    shown = scaled_json(value)
    assert Fraction(shown) * MILLION == value
    assert isinstance(shown, int) == (value % MILLION == 0)


def test_a_score_of_39_thousandths_is_shown_so() -> None:
    assert scaled_json(-39_000) == Decimal("-0.039")
    assert str(scaled_json(58_887_500)) == "58.8875"


def test_a_cap_is_shown_in_its_own_unit() -> None:
    assert cap_json("max_output_tokens", 2_000) == 2_000
    assert cap_json("temperature", 500_000) == Decimal("0.5")
    assert [cap_json("reasoning_effort", i) for i in range(4)] == list(EFFORTS)


def test_treatments_are_ordered_from_keep_to_drop() -> None:
    order = "keep mask generalize tokenize hash redact drop".split()
    assert [str(treatment) for treatment in sorted(Treatment)] == order
    assert list(TREATMENTS) == order


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("int", "0 .. 2147483647"),
        ("number", "-1000000000 .. 1000000000"),
        ("ratio", "0 .. 1"),
        ("duration", "0s .. 30d"),
        ("money", "$0 .. $1000000"),
        ("size", "0B .. 1024TiB"),
    ],
)
def test_a_type_without_bounds_has_the_ones_of_the_language(name: str, text: str) -> None:
    type_ = PLAIN_TYPES[name]
    assert isinstance(type_, NumericType)
    assert type_.range_text() == text


def test_types_are_written_as_in_the_language() -> None:
    assert [str(BOOL), str(STRING), str(PLAIN_TYPES["money"])] == ["bool", "string", "money"]
    assert str(EnumType(("a", "b"))) == "enum { a, b }"
    assert str(SetType(("a",))) == "set { a }"
    money = PLAIN_TYPES["money"]
    assert isinstance(money, NumericType)
    assert constant_type(money.kind, 5) == NumericType(money.kind, 5, 5)
