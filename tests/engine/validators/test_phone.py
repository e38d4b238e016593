"""Telephone numbers, with phonenumbers itself as the oracle."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.text.validators import validator
from epol.engine.text.validators.phone import DEFAULT_REGIONS, TRUNK_ZERO

CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
FORMATS = (
    phonenumbers.PhoneNumberFormat.E164,
    phonenumbers.PhoneNumberFormat.INTERNATIONAL,
    phonenumbers.PhoneNumberFormat.RFC3966,
)
PERSONAL = (
    phonenumbers.PhoneNumberType.FIXED_LINE,
    phonenumbers.PhoneNumberType.MOBILE,
    phonenumbers.PhoneNumberType.VOIP,
    phonenumbers.PhoneNumberType.TOLL_FREE,
)


def is_valid(text: str, region: str | None = None) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, region))
    except phonenumbers.NumberParseException:
        return False


def test_the_default_regions_exist() -> None:
    assert set(DEFAULT_REGIONS) <= set(phonenumbers.SUPPORTED_REGIONS)
    assert set(DEFAULT_REGIONS) >= TRUNK_ZERO


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_the_example_of_every_region(region: str) -> None:
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    number = number or phonenumbers.example_number(region)
    assert number is not None
    for form in FORMATS:
        text = phonenumbers.format_number(number, form).removeprefix("tel:")
        assert validator("phone")(text), text


@pytest.mark.parametrize("region", DEFAULT_REGIONS)
@pytest.mark.parametrize("kind", PERSONAL)
def test_the_national_form_of_the_default_regions(region: str, kind: int) -> None:
    number = phonenumbers.example_number_for_type(region, kind)
    if number is not None:
        text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
        assert validator("phone")(text), text


@pytest.mark.parametrize("code", sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS))
def test_country_codes_without_a_country(code: int) -> None:
    number = phonenumbers.example_number_for_non_geo_entity(code)
    assert number is not None
    text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    assert validator("phone")(text)


@given(st.sampled_from(CODES), st.text("0123456789", min_size=6, max_size=11))
def test_numbers_with_a_country_code_agree_with_the_oracle(code: int, rest: str) -> None:
    text = f"+{code}{rest}"
    if len(set(text)) > 2:
        assert validator("phone")(text) is is_valid(text)


@given(st.text("0123456789", min_size=8, max_size=12))
def test_numbers_without_one_are_valid_somewhere(text: str) -> None:
    """The oracle takes more: it does not ask for the zero that people write."""
    if validator("phone")(text):
        dialled = {text.removeprefix(prefix) for prefix in ("00", "0011", "011")}
        somewhere = any(is_valid(text, region) for region in DEFAULT_REGIONS)
        assert somewhere or any(is_valid(f"+{number}") for number in dialled)


@pytest.mark.parametrize("text", ["212-58-2440", "02/03/2023", "2-3-23", "212.58.244.20"])
def test_what_is_written_like_something_else_is_no_number(text: str) -> None:
    assert not validator("phone")(text)


@pytest.mark.parametrize("region", sorted(TRUNK_ZERO))
def test_a_national_number_without_its_zero_is_no_number(region: str) -> None:
    number = phonenumbers.example_number(region)
    assert number is not None
    others = [other for other in DEFAULT_REGIONS if other not in TRUNK_ZERO]
    text = str(number.national_number)
    if not any(is_valid(text, other) for other in others):
        assert not validator("phone")(text)
