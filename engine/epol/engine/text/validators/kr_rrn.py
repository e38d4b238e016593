"""Resident registration numbers of South Korea."""

from __future__ import annotations

from epol.engine.text.validators._figures import is_day
from epol.engine.text.validators._stdnum import valid
from epol.engine.text.validators._text import digits

_REFORM = "201005"
_BORN_SINCE_2000 = "3478"


def kr_rrn(value: str) -> bool:
    """Date of birth, century and sex, then six digits, of which the last is a check digit.

    Numbers given since 5 October 2020 have no check digit: the six are drawn at random.  So
    for who was born on or after that day only the date is checked, which python-stdnum
    would refuse nine times in ten.
    Source: Ministry of the Interior and Safety, Enforcement Rule of the Resident
    Registration Act, article 2.
    """
    text = digits(value)
    if len(text) != 13:
        return False
    if text[6] in _BORN_SINCE_2000 and text[:6] >= _REFORM:
        return is_day(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))
    return valid("kr.rrn", text)
