"""Generalizations: a value as something coarser, or nothing where it does not parse."""

import datetime
import ipaddress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.lang.generalize import generalize
from epol.lang.model import Method

MILLION = 1_000_000


def coarser(value: str, method: str, amount: float | None = None) -> str | None:
    """A value generalized; `amount` as the language writes it."""
    millionths = None if amount is None else int(amount * MILLION)
    return generalize(value, Method(method, millionths))


@pytest.mark.parametrize(
    ("value", "year", "month", "decade"),
    [
        ("2026-04-12", "2026", "2026-04", "2020s"),
        ("2026/4/2", "2026", "2026-04", "2020s"),
        ("12.04.2026", "2026", None, "2020s"),
        ("04/12/2026", "2026", None, "2020s"),
        ("04/13/2026", "2026", "2026-04", "2020s"),
        ("13/04/2026", "2026", "2026-04", "2020s"),
        ("04/04/2026", "2026", "2026-04", "2020s"),
        ("12 April 2026", "2026", "2026-04", "2020s"),
        ("April 12, 2026", "2026", "2026-04", "2020s"),
        ("12 apr. 1999", "1999", "1999-04", "1990s"),
        ("2026-13-12", None, None, None),
        ("2026-12-32", None, None, None),
        ("13/13/2026", None, None, None),
        ("32 April 2026", None, None, None),
        ("12 Aprilis 2026", None, None, None),
        ("yesterday", None, None, None),
        ("", None, None, None),
        ("2026-04-12T10:00", None, None, None),
        ("\u0662026-04-12", None, None, None),
    ],
)
def test_a_date_is_made_coarser_as_far_as_it_is_clear(
    value: str, year: str | None, month: str | None, decade: str | None
) -> None:
    assert (coarser(value, "year"), coarser(value, "month"), coarser(value, "decade")) == (
        year,
        month,
        decade,
    )


@given(st.dates())
def test_a_day_never_survives(day: datetime.date) -> None:
    assert coarser(day.isoformat(), "month") == f"{day.year:04d}-{day.month:02d}"
    assert coarser(day.isoformat(), "year") == f"{day.year:04d}"
    assert coarser(day.isoformat(), "decade") == f"{day.year // 10 * 10:04d}s"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("94110", "941"),
        ("94110-1234", "941"),
        ("03601", "000"),
        ("89301-1234", "000"),
        ("89201", "892"),
        ("9411", None),
        ("94110-12", None),
        ("9411O", None),
    ],
)
def test_a_zip_code_keeps_three_digits_that_many_share(value: str, expected: str | None) -> None:
    assert coarser(value, "zip3") == expected


@given(st.ip_addresses())
def test_an_address_keeps_its_network(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    network = coarser(str(address), "network")
    assert network is not None
    assert address in ipaddress.ip_network(network)
    assert ipaddress.ip_network(network).prefixlen == (24 if address.version == 4 else 48)


def test_what_is_no_address_has_no_network() -> None:
    assert coarser("10.0.0", "network") is None
    assert coarser("10.0.0.256", "network") is None


@pytest.mark.parametrize(
    ("value", "amount", "expected"),
    [
        ("37", 10, "30"),
        ("-37", 10, "-40"),
        ("30", 10, "30"),
        ("37.9", 0.5, "37.5"),
        ("1.25", 0.1, "1.2"),
        ("1e5", 10, None),
        ("37 years", 10, None),
        ("", 10, None),
        ("1" * 31, 10, None),
    ],
)
def test_a_number_is_rounded_down(value: str, amount: float, expected: str | None) -> None:
    assert coarser(value, "round", amount) == expected


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**9))
def test_a_rounded_number_is_the_multiple_at_or_below(value: int, amount: int) -> None:
    rounded = generalize(str(value), Method("round", amount))
    assert rounded is not None
    exact, step = Fraction(rounded), Fraction(amount, MILLION)
    assert exact <= value < exact + step
    assert (exact / step).denominator == 1


@given(st.text(), st.sampled_from(["year", "month", "decade", "zip3", "network", "round"]))
def test_any_text_is_generalized_or_not(value: str, method: str) -> None:
    assert coarser(value, method, 5 if method == "round" else None) != value or not value.strip(
        "0123456789-."
    )
