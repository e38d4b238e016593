"""Forms with more to them than a check digit."""

import base64 as codec
import datetime
import json
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from epol.engine.text.validators import validator

DAYS = st.dates(datetime.date(1850, 1, 1), datetime.date(2100, 12, 31))


def encoded(data: bytes) -> str:
    return codec.urlsafe_b64encode(data).decode().rstrip("=")


# --- base64 and JWT ---------------------------------------------------------------------


@given(st.binary(min_size=1))
def test_what_base64_writes_is_base64(data: bytes) -> None:
    check = validator("base64")
    for text in (codec.b64encode(data).decode(), codec.urlsafe_b64encode(data).decode()):
        assert check(text)
        assert check(text.rstrip("="))
    assert check(codec.encodebytes(data).decode())


@given(st.binary(min_size=1))
def test_a_digit_too_many_or_a_stray_bit_is_no_base64(data: bytes) -> None:
    body = codec.b64encode(data).decode().rstrip("=")
    assert not validator("base64")(body + "A" * ((1 - len(body)) % 4))
    if len(data) % 3:
        assert not validator("base64")(body[:-1] + {"A": "B", "Q": "R"}.get(body[-1], "_="))


@given(
    st.dictionaries(st.text(), st.integers() | st.text() | st.none(), max_size=3),
    st.binary(min_size=1),
    st.binary(),
)
def test_a_header_with_alg_makes_a_token(
    header: dict[str, object], claims: bytes, signature: bytes
) -> None:
    for fields, good in (({**header, "alg": "HS256"}, True), ({**header, "alg": 1}, False)):
        head = encoded(json.dumps(fields).encode())
        assume(len(head) <= 4096)
        assert validator("jwt")(f"{head}.{encoded(claims)}.{encoded(signature)}") is good


def test_a_header_that_nests_deeply_is_no_token() -> None:
    assert not validator("jwt")(f"{encoded(b'[' * 3000)}.e30.x")


# --- dates ------------------------------------------------------------------------------


@given(DAYS)
def test_every_day_is_a_date_in_every_form(day: datetime.date) -> None:
    check = validator("date")
    year, month = f"{day.year:04}", day.strftime("%B")
    for text in (
        day.isoformat(),
        day.isoformat().replace("-", ""),
        f"{day.day}/{day.month}/{year}",
        f"{day.month:02}-{day.day:02}-{year}",
        f"{day.day}.{day.month}.{year}",
        f"{day.day} {month} {year}",
        f"{month.upper()} {day.day}, {year}",
        f"{day.day:02}-{month[:3]}-{year[2:]}",
    ):
        assert check(text), text


@given(st.integers(1850, 2100), st.integers(1, 12), st.integers(29, 31))
def test_a_day_that_a_month_lacks_is_no_date(year: int, month: int, day: int) -> None:
    try:
        datetime.date(year, month, day)
    except ValueError:
        assert not validator("date")(f"{year}-{month:02}-{day:02}")
        assert not validator("date")(f"{day}.{month}.{year}")


@given(st.dates(datetime.date(1, 1, 1)))
def test_other_years_are_no_dates(day: datetime.date) -> None:
    assume(not 1850 <= day.year <= 2100)
    assert not validator("date")(day.isoformat())


# --- entropy ----------------------------------------------------------------------------


@given(st.integers(1, 40), st.integers(1, 5))
def test_entropy_of_an_alphabet_used_evenly_is_its_logarithm(size: int, times: int) -> None:
    text = "".join(map(chr, range(48, 48 + size))) * times
    assert validator("entropy")(text) is (math.log2(size) >= 3)


# --- mail -------------------------------------------------------------------------------


def test_lengths_of_an_address() -> None:
    check = validator("email")
    assert check(f"{'a' * 64}@example.com")
    assert not check(f"{'a' * 65}@example.com")
    assert not check(f"{'é' * 33}@example.com")
    assert check(f"a@{'b' * 63}.com")
    assert not check(f"a@{'b' * 64}.com")
    labels = ".".join(["b" * 60] * 4)
    assert check(f"{'a' * 6}@{labels}.com")
    assert not check(f"{'a' * 7}@{labels}.com")


@pytest.mark.parametrize("end", ["ai", "app", "java", "md", "mov", "pl", "py", "rs", "sh", "zip"])
def test_top_level_domains_that_are_file_extensions_too(end: str) -> None:
    assert validator("email")(f"me@example.{end}")


# --- addresses --------------------------------------------------------------------------


@given(st.ip_addresses())
def test_every_address_but_the_unspecified_one(address: object) -> None:
    text = str(address)
    version = "ipv6" if ":" in text else "ipv4"
    assert validator("ip")(text) is (text != "::")
    assert validator(version)(text) is (text != "::")
    assert not validator("ipv4" if version == "ipv6" else "ipv6")(text)


@given(st.uuids())
def test_every_uuid(value: object) -> None:
    assert validator("uuid")(str(value))
    assert validator("uuid")(str(value).upper())


# --- cards and vehicles -----------------------------------------------------------------


@pytest.mark.parametrize("first", ["0", "7", "91", "2100", "2205", "2721", "3300", "83"])
def test_numbers_that_no_network_has_are_no_cards(first: str) -> None:
    body = first + "5" * (15 - len(first))
    [number] = [body + last for last in "0123456789" if validator("luhn")(body + last)]
    assert not validator("card")(number)


def test_the_check_digit_of_a_vehicle_counts_where_the_law_asks_for_it() -> None:
    check = validator("vin")
    assert check("1M8GDM9AXKP042788")
    assert not check("1M8GDM9A1KP042788")
    assert not check("LM8GDM9A1KP042788")
    assert check("WM8GDM9A1KP042788")


@given(st.text("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", min_size=11, max_size=11), st.data())
def test_one_check_digit_of_a_vehicle_is_right(body: str, data: st.DataObject) -> None:
    serial = data.draw(st.text("0123456789", min_size=4, max_size=4))
    text = f"1{body[:7]}?{body[7:]}{serial}"
    assume(any(char.isalpha() for char in body))
    right = [d for d in "0123456789X" if validator("vin")(text.replace("?", d))]
    assert len(right) == 1
