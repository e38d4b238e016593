"""Coordination numbers of Sweden, for people who are not in the population register."""

from __future__ import annotations

import re

from epol.engine.text.validators._figures import is_day
from epol.engine.text.validators._stdnum import valid
from epol.engine.text.validators._text import digits

_SHAPE = re.compile(r"(18|19|20)?(\d\d)(\d\d)([6-9]\d)\d{4}")


def se_samordningsnummer(value: str) -> bool:
    """A personal number whose day of birth has 60 added, with Luhn's check digit.

    The month or the day may be unknown, and is then zero (the day 60).
    Source: Skatteverket, SKV 707; Law 2022:1697 on coordination numbers.
    """
    text = digits(value.replace("+", "-"))
    match = _SHAPE.fullmatch(text)
    if match is None:
        return False
    century, year, month, day = match.groups()
    centuries = (century,) if century else ("19", "20")
    known = int(month) or 1, int(day) - 60 or 1
    return any(is_day(int(c + year), *known) for c in centuries) and valid("luhn", text[-10:])
