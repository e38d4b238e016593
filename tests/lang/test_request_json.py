"""The reading of JSON: exact, whole, bounded, and never an exception but the declared one."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.lang.request import (
    MAX_DIGITS,
    MAX_JSON_DEPTH,
    MAX_REQUEST_BYTES,
    RequestError,
    parse_json,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_json_is_read_back(value: object) -> None:
    assert parse_json(json.dumps(value)) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode("utf-8", "ignore")) is not ...


def test_numbers_are_exact() -> None:
    assert parse_json("[0.1, 1e400, 100000000000000000000000001]") == [
        Decimal("0.1"),
        Decimal("1e400"),
        100000000000000000000000001,
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the request is not JSON: Expecting value (line 1, column 1)"),
        ("{", "the request is not JSON"),
        ("{} x", "Extra data (line 1, column 4)"),
        ("nul", "the request is not JSON"),
        ("[1,\n  x]", "(line 2, column 3)"),
        ("{'a': 1}", "the request is not JSON"),
        ('"\x00"', "the request is not JSON"),
        ("[NaN]", "`NaN` is not a JSON value"),
        ("[Infinity]", "`Infinity` is not a JSON value"),
        ("[-Infinity]", "`-Infinity` is not a JSON value"),
        ('{"a": 1, "b": 2, "a": 3}', "`a` stands twice in one object"),
        ('{"x": {"b": 2, "b": 2}}', "`b` stands twice in one object"),
        ("[" * 100_000, "the request is nested too deep"),
        ('{"a":' * 100_000, "the request is nested too deep"),
        ('{"A b": 2, "A b": 2}', "this key stands twice in one object"),
        ("[1e9999999999999999999]", "a number has an exponent that is too large"),
        ("[1e-9999999999999999999]", "a number has an exponent that is too large"),
        ("1" * 5_000, "a number of 5000 digits is too large"),
        ("-" + "1" * (MAX_DIGITS + 1), "digits is too large"),
        (b"\xff", "the request is not UTF-8 (byte 0)"),
        (b'{"a": "\xe9"}', "the request is not UTF-8 (byte 7)"),
        (b'"\xed\xa0\x80"', "the request is not UTF-8 (byte 1)"),
        ("\ufeff{}", "the request is not JSON"),
    ],
)
def test_what_is_no_json_is_refused_with_the_place(text: str | bytes, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse_json(text)
    assert message in str(caught.value)


def test_json_nests_so_deep_and_no_deeper() -> None:
    assert parse_json("[" * (MAX_JSON_DEPTH - 1) + "]" * (MAX_JSON_DEPTH - 1))
    with pytest.raises(RequestError, match="nested more than 64 levels deep"):
        parse_json('{"a":' * (MAX_JSON_DEPTH + 1) + "1" + "}" * (MAX_JSON_DEPTH + 1))


def test_a_request_has_a_limit_of_size() -> None:
    with pytest.raises(RequestError, match="larger than 16 MiB"):
        parse_json(" " * (MAX_REQUEST_BYTES + 1))
    assert parse_json(b"1" + b" " * (MAX_REQUEST_BYTES - 1)) == 1


def test_a_key_that_is_no_name_is_not_shown() -> None:
    with pytest.raises(RequestError) as caught:
        parse_json('{"Patient Smith": 1, "Patient Smith": 2}')
    assert "Smith" not in str(caught.value)


@given(st.text() | st.binary())
def test_any_text_or_bytes_is_json_or_a_request_error(text: str | bytes) -> None:
    try:
        parse_json(text)
    except RequestError as error:
        message = str(error)
    else:
        message = "read"
    assert message
