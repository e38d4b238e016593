"""What holds of any text: no validator raises, and check digits find what they should."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.text.validators import names, validator
from tests.engine.validators.samples import samples

CHECKS = [(name, validator(name)) for name in names()]
GOOD = sorted({text for sample in samples().values() for text in sample.good})

ODD = st.sampled_from(
    "0123456789ABCXYZabcxyz²\u0663\u0966\n\t\x00\u2028 -./+:|()*@#%=_ÑßıМК\U0001f600\ud800"
)
DIGITS = "0123456789"


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A good text of some validator with a few characters replaced, put in or taken out."""
    text = draw(st.sampled_from(GOOD))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.just("") | ODD) + text[at + draw(st.integers(0, 1)) :]
    return text


@given(st.text(max_size=80) | st.text(ODD, max_size=40) | damaged())
def test_no_validator_raises(text: str) -> None:
    for name, check in CHECKS:
        assert check(text) in {True, False}, name


@given(st.text(DIGITS, max_size=30) | st.text("([{\"'\\1e:,-", max_size=60))
def test_no_validator_raises_on_digits_and_brackets(text: str) -> None:
    for name, check in CHECKS:
        assert check(text) in {True, False}, name


@pytest.mark.parametrize(
    ("name", "head", "free"),
    [
        ("aba", "06", 6),
        ("card", "4", 14),
        ("damm", "", 9),
        ("ean", "", 12),
        ("imei", "35", 12),
        ("in_aadhaar", "5", 10),
        ("luhn", "", 11),
        ("mod11", "", 9),
        ("nhs", "", 9),
        ("npi", "1", 8),
        ("verhoeff", "", 11),
    ],
)
@given(st.randoms(use_true_random=False))
def test_one_check_digit_is_right_and_guards_the_others(
    name: str, head: str, free: int, rng: random.Random
) -> None:
    check = validator(name)
    body = head + "1" + "".join(rng.choice(DIGITS) for _ in range(free - 1))
    right = [body + last for last in f"{DIGITS}X" if check(body + last)]
    assert len(right) == 1 or (name == "nhs" and not right)
    for text in right:
        at = rng.randrange(len(text))
        wrong = rng.choice([digit for digit in DIGITS if digit != text[at]])
        assert not check(text[:at] + wrong + text[at + 1 :])


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=30))
def test_mod97_has_one_pair_of_check_digits(body: str) -> None:
    """Its formula, from the number itself: letters are 10 to 35, and the rest is 1."""
    number = int("".join(str(int(char, 36)) for char in body) + "00")
    check = f"{98 - number % 97:02}"
    assert validator("mod97")(body + check)
    assert not validator("mod97")(body + f"{(int(check) + 1) % 97:02}")
