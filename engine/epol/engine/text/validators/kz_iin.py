"""Individual identification numbers of Kazakhstan."""

from __future__ import annotations

import re

from epol.engine.text.validators._figures import is_day, weighted
from epol.engine.text.validators._text import digits

_SHAPE = re.compile(r"\d{6}[1-6]\d{5}")
_SECOND = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)


def kz_iin(value: str) -> bool:
    """Date of birth, century and sex, serial, and a check digit.

    The check digit is the sum of the digits, each times its place, modulo 11; where that is
    10, the weights 3 … 11, 1, 2 are tried, and numbers that give 10 again are not issued.
    Source: Law of 12 January 2007 No. 223 on national registers of identification numbers.
    """
    text = digits(value)
    if not _SHAPE.fullmatch(text):
        return False
    century = 1800 + (int(text[6]) - 1) // 2 * 100
    if not is_day(century + int(text[:2]), int(text[2:4]), int(text[4:6])):
        return False
    check = weighted(text[:11], range(1, 12)) % 11
    if check == 10:
        check = weighted(text[:11], _SECOND) % 11
    return check == int(text[11])
