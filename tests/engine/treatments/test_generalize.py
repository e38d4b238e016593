"""Generalizations: the same as the reference's, or what `redact` writes."""

import ipaddress
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from epol.engine.bundle.treatment import Detail, Method, Treatment
from epol.engine.text.treatments import generalize, redact
from epol.engine.text.treatments.coarsen import coarsen
from epol.engine.text.treatments.regions import Region
from epol.lang.generalize import generalize as reference
from tests.engine.treatments.inputs import CHARACTERS, METHOD, TEXTS, keys, reference_method

NUMBER = st.from_regex(r"-?[0-9]{1,32}(\.[0-9]{1,32})?", fullmatch=True)
NEAR_DATE = st.from_regex(
    r"[0-9]{4}[-/.][0-3]?[0-9][-/.][0-3]?[0-9]|[0-3]?[0-9][-/.][0-3]?[0-9][-/.][0-9]{4}",
    fullmatch=True,
)
WORDED = st.from_regex(
    r"([0-3]?[0-9]\.? (jan|February|MAY|sept|Dec|x)\.?|(Apr|august|Octo|nov)\.? [0-3]?[0-9]),?"
    r" [0-9]{4}",
    fullmatch=True,
)
ZIP = st.from_regex(r"[0-9]{4,6}(-[0-9]{3,5})?", fullmatch=True)
ADDRESS = st.ip_addresses().map(str) | st.ip_addresses(v=6).map(lambda each: each.exploded)
VALUES = st.one_of(TEXTS, NUMBER, NEAR_DATE, WORDED, ZIP, ADDRESS)


@st.composite
def marred(draw: st.DrawFn) -> str:
    """A value that parses, or one with a character put in or taken out."""
    value: str = draw(VALUES)
    at = draw(st.integers(0, len(value)))
    inserted = draw(st.just("") | CHARACTERS)
    return value[:at] + inserted + value[at + draw(st.integers(0, 1)) :]


def has_zone(value: str) -> bool:
    """Whether a value is an address with a zone, which the reference may let through."""
    try:
        return ipaddress.IPv6Address(value).scope_id is not None
    except ValueError:
        return False


@given(VALUES | marred(), METHOD)
@example("2026-04-12\n", Method("year"))
@example("0000-1-1", Method("decade"))
@example("12. April., 2026", Method("month"))
@example("-0.0", Method("round", 7))
@example("-0.0000001", Method("round", 1))
@example("9" * 30 + "." + "9" * 30, Method("round", 999_999))
def test_a_value_is_generalized_as_in_the_reference(value: str, method: Method) -> None:
    if not has_zone(value):
        assert coarsen(value, method) == reference(value, reference_method(method))


@given(
    st.ip_addresses(v=6).map(lambda a: ipaddress.IPv6Address(int(a) >> 80 << 80)),
    st.text(CHARACTERS.filter(lambda c: c not in "%/"), min_size=1),
)
def test_the_zone_of_an_address_never_survives(address: ipaddress.IPv6Address, zone: str) -> None:
    assert coarsen(f"{address}%{zone}", Method("network")) == f"{address}/48"


@pytest.mark.parametrize(
    ("value", "name", "expected"),
    [
        ("2026-04-12", "year", "2026"),
        ("12 April 2026", "month", "2026-04"),
        ("04/12/2026", "month", "[l]"),
        ("04/12/2026", "decade", "2020s"),
        ("94110-1234", "zip3", "941"),
        ("03601", "zip3", "000"),
        ("10.1.2.3", "network", "10.1.2.0/24"),
        ("2001:db8:1:2::3", "network", "2001:db8:1::/48"),
        ("somewhen", "year", "[l]"),
    ],
)
def test_what_does_not_parse_is_redacted(value: str, name: str, expected: str) -> None:
    region = Region(0, len(value), "l", Detail(Treatment.GENERALIZE, method=Method(name)))
    assert generalize.replacement(value, region, keys()) == expected


def test_what_nothing_says_how_to_generalize_is_redacted() -> None:
    region = Region(0, 4, "l", Detail(Treatment.GENERALIZE))
    assert generalize.replacement("2026", region, keys()) == "[l]"
    assert redact.replacement("2026", region, keys()) == "[l]"


@pytest.mark.parametrize("method", ["year", "month", "decade"])
@pytest.mark.parametrize(
    "value",
    [
        "2026-00-12", "2026-12-00", "2026-13-01", "2026-12-31", "2026-12-32", "00/00/2026",
        "00/07/2026", "31.12.2026", "32.12.2026", "13.13.2026", "12 Foo 2026", "0 May 2026",
        "May 31, 2026", "May 32, 2026", "sept 1 2026", "sep 1 2026",
    ],
)  # fmt: skip
def test_dates_at_the_edges_are_read_as_in_the_reference(value: str, method: str) -> None:
    assert coarsen(value, Method(method)) == reference(value, reference_method(Method(method)))


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**9))
def test_a_rounded_number_is_a_plain_decimal(value: int, amount: int) -> None:
    rounded = coarsen(str(value), Method("round", amount))
    assert rounded is not None
    assert re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]{0,5}[1-9])?", rounded)
