"""Numbers with units: read exactly, floored where a request gives them, written back."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from epol.lang.literals import (
    COUNT_UNITS,
    DURATION_UNITS,
    INT64_MAX,
    INT64_MIN,
    MILLION,
    SIZE_UNITS,
    InexactError,
    Kind,
    LiteralError,
    Quantity,
    floor_number,
    format_quantity,
    format_scaled,
    parse_number,
)

UNITS = [
    *((unit, Kind.INT, Fraction(size)) for unit, size in COUNT_UNITS.items()),
    *((unit, Kind.DURATION, Fraction(size)) for unit, size in DURATION_UNITS.items()),
    *((unit, Kind.SIZE, Fraction(size)) for unit, size in SIZE_UNITS.items()),
    ("%", Kind.NUMBER, Fraction(MILLION, 100)),
]
DAY = 86_400 * MILLION


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("0", Kind.INT, 0),
        ("007", Kind.INT, 7),
        ("10_000", Kind.INT, 10_000),
        ("8k", Kind.INT, 8_000),
        ("1.5k", Kind.INT, 1_500),
        ("2M", Kind.INT, 2 * MILLION),
        ("0.35", Kind.NUMBER, 350_000),
        ("1.0", Kind.NUMBER, MILLION),
        ("0.000001", Kind.NUMBER, 1),
        ("35%", Kind.NUMBER, 350_000),
        ("0.0001%", Kind.NUMBER, 1),
        ("150%", Kind.NUMBER, 1_500_000),
        ("800us", Kind.DURATION, 800),
        ("80ms", Kind.DURATION, 80_000),
        ("1.5s", Kind.DURATION, 1_500_000),
        ("2m", Kind.DURATION, 120 * MILLION),
        ("1h", Kind.DURATION, 3_600 * MILLION),
        ("7d", Kind.DURATION, 7 * DAY),
        ("$0.0001", Kind.MONEY, 100),
        ("$10", Kind.MONEY, 10 * MILLION),
        ("$1_000", Kind.MONEY, 1_000 * MILLION),
        ("7B", Kind.SIZE, 7),
        ("4kB", Kind.SIZE, 4_000),
        ("4KiB", Kind.SIZE, 4_096),
        ("512MiB", Kind.SIZE, 512 * 2**20),
        ("4GB", Kind.SIZE, 4 * 10**9),
        ("1TiB", Kind.SIZE, 2**40),
        ("1_0.2_5", Kind.NUMBER, 10_250_000),
    ],
)
def test_a_literal_means_a_value_on_its_scale(text: str, kind: Kind, value: int) -> None:
    assert parse_number(text) == Quantity(kind, value)


@pytest.mark.parametrize(
    "text",
    ["0.0000001", "$0.0000001", "0.00001%", "0.5us", "0.5B", "1.0005k", "9223372036854775808"],
)
def test_what_its_type_cannot_hold_is_an_error_and_never_rounded(text: str) -> None:
    with pytest.raises(InexactError):
        parse_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "k", "1.", ".5", "1..2", "1e5", "8K", "8kprefer", "5 ms", "$", "$5k", "$5%", "-1", "+1",
        "1__0", "1_", "_1", "0x10", "1kk", "1Kb", "1S", "\u0663", "1ms\n", "1" * 41,
    ],
)  # fmt: skip
def test_what_is_no_number_of_the_language_is_refused(text: str) -> None:
    with pytest.raises(LiteralError) as caught:
        parse_number(text)
    assert not isinstance(caught.value, InexactError)


def test_a_long_literal_is_not_quoted_whole() -> None:
    with pytest.raises(LiteralError, match="…"):
        parse_number("1" * 5_000)
    with pytest.raises(LiteralError, match="`kitten` is not a unit"):
        parse_number("9kitten")


@given(st.sampled_from(UNITS), st.integers(0, 10**12), st.integers(0, 9))
def test_every_unit_is_exact(unit: tuple[str, Kind, Fraction], whole: int, tenth: int) -> None:
    name, kind, size = unit
    exact = (whole + Fraction(tenth, 10)) * size
    text = f"{whole}.{tenth}{name}"
    if exact.denominator == 1 and exact <= INT64_MAX:
        assert parse_number(text) == Quantity(kind, int(exact))
    else:
        with pytest.raises(InexactError):
            parse_number(text)


@given(st.sampled_from(Kind), st.integers(0, INT64_MAX))
def test_what_is_written_is_read_back(kind: Kind, value: int) -> None:
    read = parse_number(format_quantity(Quantity(kind, value)))
    if kind == Kind.NUMBER and read.kind == Kind.INT:
        assert read.value * MILLION == value
    else:
        assert read == Quantity(kind, value)


@given(st.sampled_from(Kind), st.integers(INT64_MIN, INT64_MAX))
def test_a_signed_quantity_is_read_back_from_a_request(kind: Kind, value: int) -> None:
    read = floor_number(format_quantity(Quantity(kind, value)))
    scale = MILLION if (kind, read.kind) == (Kind.NUMBER, Kind.INT) else 1
    assert read.value * scale == value


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("-0.0000001", Kind.NUMBER, -1),
        ("0.0000019", Kind.NUMBER, 1),
        ("+5", Kind.INT, 5),
        ("-5ms", Kind.DURATION, -5_000),
        ("-0.5us", Kind.DURATION, -1),
        ("1.9us", Kind.DURATION, 1),
        ("-$0.0000001", Kind.MONEY, -1),
        ("0.9999B", Kind.SIZE, 0),
        ("1.5k", Kind.INT, 1_500),
        ("1.0005k", Kind.INT, 1_000),
    ],
)
def test_a_value_finer_than_its_type_is_floored(text: str, kind: Kind, value: int) -> None:
    assert floor_number(text) == Quantity(kind, value)


@pytest.mark.parametrize("text", ["--1", "- 1", "-", "+", "+-1", " 1"])
def test_a_sign_stands_once_and_before_the_digits(text: str) -> None:
    with pytest.raises(LiteralError):
        floor_number(text)


@given(st.integers(-(10**15), 10**15), st.integers(0, 10**9 - 1), st.integers(0, 9))
def test_flooring_is_toward_minus_infinity(whole: int, part: int, more: int) -> None:
    text = f"{whole}.{part:09d}{more}"
    exact = Fraction(abs(whole)) + Fraction(part * 10 + more, 10**10)
    signed = -exact if whole < 0 else exact
    assert floor_number(text) == Quantity(Kind.NUMBER, (signed * MILLION).__floor__())


@given(st.text(max_size=12))
def test_any_text_is_a_quantity_or_a_literal_error(text: str) -> None:
    try:
        quantity = parse_number(text)
    except LiteralError:
        pass
    else:
        assert INT64_MIN <= quantity.value <= INT64_MAX


@given(st.integers(INT64_MIN, INT64_MAX))
def test_millionths_are_written_exactly_and_without_waste(value: int) -> None:
    text = format_scaled(value)
    assert Fraction(text) * MILLION == value
    assert not ("." in text and text.endswith("0"))


@given(st.sampled_from(["int", "duration", "size"]), st.integers(0, INT64_MAX))
def test_no_shorter_unit_would_do(kind: str, value: int) -> None:
    text = format_quantity(Quantity(Kind(kind), value))
    units = {"int": COUNT_UNITS, "duration": DURATION_UNITS, "size": SIZE_UNITS}[kind]
    assume(value)
    used = parse_number(text)
    assert used.value == value
    digits = int("".join(char for char in text if char.isdigit()))
    assert not [size for size in units.values() if value % size == 0 and value // size < digits]


def test_nothing_is_written_with_its_smallest_or_plainest_unit() -> None:
    zero = {kind: format_quantity(Quantity(kind, 0)) for kind in Kind}
    assert zero == {"int": "0", "number": "0", "duration": "0s", "money": "$0", "size": "0B"}
