"""Escapes and runs: what is decoded, where it lies, and what is left alone."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.text.views import View, derive
from epol.engine.text.views.triggers import hints

VALUE = "KTN-402817"


def last(text: str) -> View:
    """The last view of a text."""
    return derive(text, hints(text)).views[-1]


def covered(text: str, value: str = VALUE) -> str:
    """What of a text holds a value."""
    view = next(view for view in derive(text, hints(text)).views if value in view.text)
    at = view.text.index(value)
    low, high = view.span(at, at + len(value))
    return text[low:high]


def b64(data: bytes) -> str:
    """Base64 without padding."""
    return base64.b64encode(data).decode().rstrip("=")


# --- escapes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"a\u0040b", "a@b"),
        (r"a\u{40}b \u{1f600}", "a@b 😀"),
        (r"\ud83d\ude00 \U0001F600", "😀 😀"),
        (r"a\x40b \xd0\x9c", "a@b М"),
        (r"\"a\/b\\c\" \n", '"a/b\\c" \n'),
        ("a%40b %d0%9c", "a@b М"),
        ("a%u0040b", "a@b"),
        ("a&#64;b&#x40;c&#64d&commat;e&amp;f", "a@b@c@d@e&f"),
        ("&#150;&#1114112;&nosuch;", "–\ufffd&nosuch;"),
    ],
)
def test_escapes(text: str, expected: str) -> None:
    views = derive(text, hints(text)).views
    assert expected in {view.text for view in views} | {text} or views[0].text == expected


@pytest.mark.parametrize(
    "text", ["100% sure, 5%zz", "%c3%zz %ff", r"C:\dir \q", "AT&T & co", "a && b", r"\u12 \x4"]
)
def test_what_is_no_escape_is_left_alone(text: str) -> None:
    assert derive(text, hints(text)) == ((), 0)


def test_one_bad_escape_does_not_shield_its_neighbours() -> None:
    assert last("%4b%54%4e%ff%2d%34").text == "KTN%ff-4"
    assert last("&#75;&#1114112;&#84;").text == "KT"


def test_escapes_of_escapes_are_undone_in_turn() -> None:
    assert last("%2540 &amp;#64; \\\\u0040 &#37;40").text == "@ @ @ @"


# --- runs ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/x/", "/", "/api/v1/", "data/", "some-long/path_to/"])
def test_base64_behind_a_path(path: str) -> None:
    digits = b64(f"id {VALUE} of staff".encode())
    view = last(f"GET {path}{digits} now")
    # What stands before it may happen to decode to a printable character or two as well.
    assert view.text.startswith("GET ")
    assert view.text.endswith(f"id {VALUE} of staff now")


@given(st.integers(0, 30), st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=9))
def test_no_more_than_groups_are_covered(before: int, after: str) -> None:
    payload = "x" * before + " " + VALUE + " " + after
    digits = b64(payload.encode())
    held = base64.b64decode(covered(f"see {digits} there") + "==")
    assert VALUE.encode() in held
    assert len(held) <= len(VALUE) + 4


def test_text_in_a_file_of_bytes_is_found() -> None:
    noise = hashlib.sha256(b"noise").digest()
    blob = noise * 8 + f" the owner is {VALUE}, staff of the house ".encode() + noise * 8
    digits = base64.b64encode(blob).decode()
    held = base64.b64decode(covered(f"file: {digits}") + "==")
    assert VALUE.encode() in held
    assert len(held) <= len(VALUE) + 4


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0x{hex}", "{value}"),
        ("\\x{hex}", "{value}"),
        ("x'{hex}'", "x'{value}'"),
        ("id={hex};", "id={value};"),
    ],
)
def test_a_prefix_of_hex_goes_with_it(text: str, shown: str) -> None:
    sent = text.format(hex=VALUE.encode().hex())
    assert last(f"is {sent} so").text == f"is {shown.format(value=VALUE)} so"
    assert covered(f"is {sent} so") == VALUE.encode().hex()


@pytest.mark.parametrize(
    "text",
    [
        hashlib.sha256(b"a").hexdigest(),
        "550e8400-e29b-41d4-a716-446655440000",
        "00:1A:2B:3C:4D:5E",
        "20240115T103000Z 2024-01-15 10:30:00",
        "4012 8888 8888 1881, 447911123456",
        "getElementById(toLowerCase) MacDonald XMLHttpRequest",
        "ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6",
        "10, 20, 30, 40, 50, 60, 70, 80",
    ],
)
def test_numbers_hashes_and_names_hold_no_text(text: str) -> None:
    assert derive(text, hints(text)).views == ()


def test_many_runs_are_read_like_few() -> None:
    noise = [b64(hashlib.sha256(bytes([n])).digest()[:18]) for n in range(40)]
    noise[20] = b64(VALUE.encode())
    noise[30] = b64(VALUE.encode("utf-16-le"))
    text = " ".join(noise)
    found = last(text).text.split(" ")
    assert found[20] == found[30] == VALUE


def test_kinds_are_those_of_the_span() -> None:
    text = f"{b64(VALUE.encode())} and {VALUE.encode().hex()} and caf\u00e9\u200b."
    view = last(text)
    first = view.text.index(VALUE)
    second = view.text.index(VALUE, first + 1)
    assert view.kinds(first, first + 10) == "base64"
    assert view.kinds(second, second + 10) == "hex"
    assert view.kind == "folded+hex+base64"


def test_a_span_in_lines_has_their_ends() -> None:
    digits = base64.b64encode(f"{'so it is ' * 6}{VALUE}".encode()).decode()
    lines = "\r\n".join(digits[at : at + 76] for at in range(0, len(digits), 76))
    held = covered(f"begin {lines} end")
    assert VALUE.encode() in base64.b64decode(held)
