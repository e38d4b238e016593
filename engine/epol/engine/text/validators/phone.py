"""Telephone numbers: the only place that imports phonenumbers."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberDesc

from epol.engine.text.validators._text import MAX_LENGTH

DEFAULT_REGIONS = (
    *("US", "CA", "GB", "DE", "FR", "IN", "ES", "IT", "NL", "BR", "JP", "AU", "MX", "CN"),
    *("KR", "PL", "PT", "SE", "CH", "AT", "BE", "IE"),
)
"""Whose numbering plan a number without a country code may follow."""

TRUNK_ZERO = frozenset({"GB", "DE", "FR", "NL", "JP", "AU", "KR", "SE", "CH", "AT", "BE", "IE"})
"""Regions where a national number is written with its leading 0; without it, most runs of
eight digits would be some German's."""

_NOWHERE = "001"
_KINDS = (
    *("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number"),
    *("voip", "pager", "uan", "voicemail"),
)
_SHAPE = re.compile(
    r"(\+|00(?:11)?|011)?([\d\s().\-/\u2010-\u2014\u2212]{5,40})"
    r"(?:[\s,;]*(?:ext\.?|extension|x|#)[=\s.:]*\d{1,7})?",
    re.ASCII | re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\d{1,2}([./-])\d{1,2}\1\d{2,4}|\d{1,3}(?:\.\d{1,3}){3}|\d{3}-\d\d-\d{4}", re.ASCII
)
"""Dates, IPv4 addresses and American social security numbers, as they are written; many a
numbering plan has room for their digits."""

_MARKS = frozenset("./-")
"""Each of these has one of them."""

_BETWEEN = str.maketrans("", "", " ().-/\u2010\u2011\u2012\u2013\u2014\u2212")
_BETWEEN_ASCII = bytes(code for code in _BETWEEN if code < 0x80)
_LEAST, _LEAST_NATIONAL, _MOST = 7, 8, 16
"""Digits: E.164 allows 15, and people write a national prefix behind the country code."""


class _Plan(NamedTuple):
    """What a number of one region looks like."""

    code: str
    number: re.Pattern[str]
    prefix: re.Pattern[str] | None
    rewritten: str | None


def phone(value: str) -> bool:
    """A number that some numbering plan has: of any country with its code, else of
    `DEFAULT_REGIONS`.

    Sources: ITU-T E.164 (at most 15 digits); libphonenumber's tables of the plans.  The
    tables are asked directly: what phonenumbers itself does to a number takes longer by an
    order of magnitude when the country is not known.
    """
    text = " ".join(value.split()) if len(value) <= MAX_LENGTH else ""
    match = _SHAPE.fullmatch(text)
    if match is None or (not _MARKS.isdisjoint(text) and _OTHERS.fullmatch(text)):
        return False
    number = _digits(match[2])
    if not _LEAST <= len(number) <= _MOST or number == number[0] * len(number):
        return False
    if match[1] and _international(number):
        return True
    if match[1] == "+" or len(number) < _LEAST_NATIONAL:
        return False
    return _national((match[1] or "") + number)


def _digits(text: str) -> str:
    """A number without what stands between its digits."""
    if text.isascii():
        # Bytes are translated in a third of the time.
        return text.encode().translate(None, _BETWEEN_ASCII).decode()
    return text.translate(_BETWEEN)


def _international(number: str) -> bool:
    """Whether digits that begin with a country code are a number of that country."""
    if number[0] == "0":
        return False
    for length in (1, 2, 3):
        country = _country(number[:length])
        if country is not None:
            rest = number[length:]
            if country.number.fullmatch(rest):
                return True
            rest = _without_prefix(country, rest)
            return bool(rest and country.number.fullmatch(rest))
    return False


@cache
def _country(digits: str) -> _Plan | None:
    """The plans of all regions of a country code as one; None for no country's code.

    What stands before a national number is a matter of the first, main region.
    """
    code = int(digits)
    plans = [_plan(region, code) for region in COUNTRY_CODE_TO_REGION_CODE.get(code, ())]
    if not plans:
        return None
    together = "|".join(dict.fromkeys(f"(?:{plan.number.pattern})" for plan in plans))
    return plans[0]._replace(number=re.compile(together, re.ASCII))


def _national(number: str) -> bool:
    """Whether digits are a number of a default region, as it is written there."""
    together, rewriting = _default_plans()
    if together.fullmatch(number):
        return True
    for trunk, plan in rewriting:
        # As they are written, the digits were none of its numbers.
        rest = _without_prefix(plan, number) if number.startswith(trunk) else ""
        if rest and plan.number.fullmatch(rest):
            return True
    return False


def _without_prefix(plan: _Plan, number: str) -> str:
    """The digits without the national prefix; nothing if they do not have it."""
    match = plan.prefix.match(number) if plan.prefix else None
    if match is None or not match.end():
        return ""
    head = match.expand(plan.rewritten) if plan.rewritten and match[match.re.groups] else ""
    return head + number[match.end() :]


@cache
def _default_plans() -> tuple[re.Pattern[str], tuple[tuple[str, _Plan], ...]]:
    """The plans of the default regions, each with what a national number must begin with: as one
    expression, and once more those that write a number without its prefix in another way."""
    plans = [("0" if region in TRUNK_ZERO else "", _plan(region)) for region in DEFAULT_REGIONS]
    together = "|".join(_written(plan, trunk) for trunk, plan in plans)
    return re.compile(together, re.ASCII), tuple(each for each in plans if each[1].rewritten)


def _written(plan: _Plan, trunk: str) -> str:
    """How the numbers of a region are written at home, or with its code and no `+`.

    Without the national prefix is `_without_prefix`: what the prefix matches is not given back.
    """
    prefix = "" if plan.prefix is None or plan.rewritten else f"|(?>{plan.prefix.pattern})"
    number = plan.number.pattern
    return f"(?={trunk})(?:{prefix}){number}|{plan.code}{number}"


@cache
def _plan(region: str, code: int = 0) -> _Plan:
    """The plan of a region, or of a country code that is no region's."""
    if region == _NOWHERE:
        metadata = PhoneMetadata.metadata_for_nongeo_region(code)
    else:
        metadata = PhoneMetadata.metadata_for_region(region)
    assert metadata is not None, region
    kinds: list[PhoneNumberDesc | None] = [getattr(metadata, kind) for kind in _KINDS]
    patterns = (kind.national_number_pattern for kind in kinds if kind is not None)
    kinds_of_number = "|".join(dict.fromkeys(f"(?:{p})" for p in patterns if p))
    any_number = metadata.general_desc.national_number_pattern if metadata.general_desc else None
    prefix = metadata.national_prefix_for_parsing
    return _Plan(
        code=str(metadata.country_code),
        number=re.compile(rf"(?=(?:{any_number or '.*'})\Z)(?:{kinds_of_number})", re.ASCII),
        prefix=re.compile(prefix, re.ASCII) if prefix else None,
        rewritten=metadata.national_prefix_transform_rule,
    )
