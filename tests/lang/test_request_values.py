"""Values of every type: read exactly, floored to the type, kept in range."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.lang.literals import MILLION
from epol.lang.request import Request, RequestError
from tests.lang.policies import request

POLICY = """
attr v.b : bool
attr v.i : int
attr v.r : int in 10 .. 20
attr v.n : number
attr v.p : ratio
attr v.d : duration
attr v.m : money
attr v.s : size
attr v.e : enum { a, b }
attr v.t : set { a, b }
attr v.x : string
target ward { at local }
"""


def value(name: str, raw: Any) -> Any:  # noqa: ANN401 (JSON)
    read: Request = request(POLICY, attributes={f"v.{name}": raw})
    return read.inputs.get(f"v.{name}")


def refused(name: str, raw: Any) -> str:  # noqa: ANN401 (JSON)
    with pytest.raises(RequestError) as caught:
        value(name, raw)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("b", True, True),
        ("b", False, False),
        ("i", 900, 900),
        ("i", "8k", 8_000),
        ("i", "900", 900),
        ("i", 0.9, 0),
        ("i", Decimal("12.99"), 12),
        ("i", "12.99", 12),
        ("i", "150%", 1),
        ("r", Decimal("20.9"), 20),
        ("n", 3, 3 * MILLION),
        ("n", 0.1, 100_000),
        ("n", Decimal("-0.0000001"), -1),
        ("n", "8k", 8_000 * MILLION),
        ("n", "-5", -5 * MILLION),
        ("n", Decimal("1e-30"), 0),
        ("n", Decimal("1e-400000"), 0),
        ("n", Decimal("-1e-400000"), -1),
        ("p", "35%", 350_000),
        ("p", Decimal("0.3500009"), 350_000),
        ("p", 1, MILLION),
        ("d", "80ms", 80_000),
        ("d", "1.9us", 1),
        ("m", "$4.50", 4_500_000),
        ("m", "$0.0000019", 1),
        ("s", "512MiB", 512 * 2**20),
        ("e", "b", "b"),
        ("t", [], frozenset[str]()),
        ("t", ["b", "a", "b"], frozenset({"a", "b"})),
        ("x", "", ""),
        ("x", "any \N{GRINNING FACE}", "any \N{GRINNING FACE}"),
        ("i", None, None),
    ],
)
def test_a_value_is_read_on_the_scale_of_its_type(name: str, raw: object, expected: object) -> None:
    found = value(name, raw)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("name", "raw", "message"),
    [
        ("b", 1, "true or false is wanted here, and this is a number"),
        ("b", "true", "true or false is wanted here"),
        ("i", True, "a whole number (900) is wanted here, and this is true or false"),
        ("i", [], "a whole number (900) is wanted here, and this is an array"),
        ("i", {}, "a whole number (900) is wanted here, and this is an object"),
        ("i", "80ms", "a whole number (900) is wanted here"),
        ("i", "8 k", "a whole number (900) is wanted here"),
        ("i", "", "a whole number (900) is wanted here"),
        ("i", -1, "the value is outside 0 .. 2147483647"),
        ("i", "-0.5", "the value is outside 0 .. 2147483647"),
        ("i", 2**31, "the value is outside 0 .. 2147483647"),
        ("r", 9, "the value is outside 10 .. 20"),
        ("r", 21, "the value is outside 10 .. 20"),
        ("n", Decimal("1e50"), "the number is too large"),
        ("n", Decimal("NaN"), "the number is too large"),
        ("n", Decimal("Infinity"), "the number is too large"),
        ("n", float("nan"), "the number is too large"),
        ("n", float("inf"), "the number is too large"),
        ("n", Decimal("0." + "1" * 900), "the number has too many digits"),
        ("n", 10**30, "the value is outside"),
        ("p", Decimal("1.000001"), "the value is outside 0 .. 1"),
        ("p", "-0.0000001", "the value is outside 0 .. 1"),
        ("d", 5, 'a duration in a string ("80ms") is wanted here'),
        ("d", 0.5, 'a duration in a string ("80ms") is wanted here'),
        ("d", "31d", "the value is outside 0s .. 30d"),
        ("m", 4.5, 'an amount in a string ("$4.50") is wanted here'),
        ("m", "4.50", 'an amount in a string ("$4.50") is wanted here'),
        ("s", "5", 'a size in a string ("512MiB") is wanted here'),
        ("s", "2048TiB", "the value is outside 0B .. 1024TiB"),
        ("e", "c", "one of a, b is wanted here"),
        ("e", 0, "one of a, b is wanted here"),
        ("t", "a", "an array of a, b is wanted here"),
        ("t", ["a", "c"], "one of a, b is wanted here"),
        ("t", ["a", None], "one of a, b is wanted here, and this is null"),
        ("t", {"a": True}, "an array of a, b is wanted here, and this is an object"),
        ("x", 5, "a string is wanted here, and this is a number"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_wanted(name: str, raw: object, message: str) -> None:
    text = refused(name, raw)
    assert text.startswith(f"attributes: v.{name}: ")
    assert message in text


def test_an_attribute_that_is_not_declared_is_named_with_the_nearest() -> None:
    with pytest.raises(RequestError, match=r"did you mean `v\.x`\?"):
        request(POLICY, attributes={"v.xx": 1})
    with pytest.raises(RequestError, match="attributes: an object is wanted here"):
        request(POLICY, attributes=5)


def test_every_target_has_live_signals() -> None:
    found = request(POLICY, attributes={"ward.up": False, "ward.rtt": "80ms"})
    assert (found.inputs["ward.up"], found.inputs["ward.rtt"]) == (False, 80_000)


@given(st.decimals(-(10**9), 10**9, allow_nan=False))
def test_a_number_is_floored_exactly(raw: Decimal) -> None:
    assert value("n", raw) == (Fraction(raw) * MILLION).__floor__()


@given(st.floats(0, 1))
def test_a_float_means_the_digits_it_is_written_with(raw: float) -> None:
    assert value("p", raw) == (Fraction(repr(raw)) * MILLION).__floor__()


@given(st.sampled_from("bindmsetxpr"), st.text() | st.integers() | st.floats() | st.booleans())
def test_any_value_is_read_or_refused(name: str, raw: object) -> None:
    try:
        found = value(name, raw)
    except RequestError as error:
        found = str(error)
    assert found is not None
