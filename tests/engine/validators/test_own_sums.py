"""What is worked out here, as python-stdnum has it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn, verhoeff
from stdnum.in_ import aadhaar

from epol.engine.text.validators import validator
from epol.engine.text.validators._figures import is_luhn
from epol.engine.text.validators._text import compact, placeholder

DIGITS = st.text("0123456789", min_size=1, max_size=30)
BODIES = st.from_regex(r"[1-9][0-9]{10}", fullmatch=True)
SEPARATORS = st.sampled_from([" ", "-", " - ", "\u00a0", "\u2011", "/", ""])


@given(DIGITS)
def test_luhn(text: str) -> None:
    assert is_luhn(text) == luhn.is_valid(text)
    assert is_luhn(text + luhn.calc_check_digit(text))


@given(BODIES, st.integers(0, 3), SEPARATORS)
def test_aadhaar(body: str, off: int, separator: str) -> None:
    last = (int(verhoeff.calc_check_digit(body)) + off) % 10
    text = f"{body}{last}"
    wanted = aadhaar.is_valid(text) and not placeholder(text)
    check = validator("in_aadhaar")
    assert check(text) == wanted
    assert check(separator.join((text[:4], text[4:8], text[8:]))) == wanted
    wide = text.translate({0x30 + digit: 0xFF10 + digit for digit in range(10)})
    assert check(wide) == aadhaar.is_valid(wide)


def test_aadhaar_is_no_palindrome() -> None:
    assert not validator("in_aadhaar")("222222222222")
    palindromes = (f"{half}{half[::-1]}" for half in map(str, range(200000, 200100)))
    assert not any(map(validator("in_aadhaar"), palindromes))


def test_compact_drops_all_white_space() -> None:
    spaces = [chr(point) for point in range(0x110000) if chr(point).isspace()]
    assert len(spaces) > 20
    assert compact("a".join(spaces)) == "A" * (len(spaces) - 1)
