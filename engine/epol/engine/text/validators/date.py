"""Dates of the Gregorian calendar, as English, German and ISO texts write them."""

from __future__ import annotations

import re

from epol.engine.text.validators._figures import is_day
from epol.engine.text.validators._text import MAX_LENGTH

FIRST_YEAR, LAST_YEAR = 1850, 2100

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>\d\d?)(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4}|\d\d)"
_GAP = r"[ ,./-]{0,2}"

_ISO = re.compile(r"(\d{4})([-/.]?)(\d\d)\2(\d\d)", re.ASCII)
_POINTS = re.compile(r"(\d\d?)\. ?(\d\d?)\. ?(\d{4}|\d\d)", re.ASCII)
_EITHER_ORDER = re.compile(r"(\d\d?)([-/])(\d\d?)\2(\d{4}|\d\d)", re.ASCII)
_NAMED = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        rf"{_DAY}(?: of)?{_GAP}{_MONTH}{_GAP}{_YEAR}",
        rf"{_MONTH}{_GAP}{_DAY}[ ,./-]{{1,2}}{_YEAR}",
    )
)


def date(value: str) -> bool:
    """A day that the Gregorian calendar has, from 1850 to 2100.

    Source: ISO 8601-1 for the calendar and the first form; the others are common usage.
    Forms: ISO 8601 (2026-04-12, 20260412); 12/04/2026 and 04/12/2026, of which one must be
    a day; 12.4.2026, day first; English months in full or short (12 April 2026, Apr 12th,
    26).  A year of two digits stands for any year of the range that ends so.
    """
    text = " ".join(value.split()).lower() if len(value) <= MAX_LENGTH else ""
    if match := _ISO.fullmatch(text):
        year, _, month, day = match.groups()
        return _exists(day, month, year)
    if match := _POINTS.fullmatch(text):
        return _exists(*match.groups())
    if match := _EITHER_ORDER.fullmatch(text):
        first, _, second, year = match.groups()
        return _exists(first, second, year) or _exists(second, first, year)
    match = _NAMED[0].fullmatch(text) or _NAMED[1].fullmatch(text)
    return match is not None and _exists(match["day"], _number(match["month"]), match["year"])


def _number(month: str) -> int:
    return _MONTHS.index(month[:3]) // 4 + 1


def _exists(day: str, month: str | int, year: str) -> bool:
    """Whether some year of the range that `year` may stand for has this day."""
    centuries = (0,) if len(year) == 4 else (1800, 1900, 2000, 2100)
    years = (century + int(year) for century in centuries)
    return any(
        FIRST_YEAR <= each <= LAST_YEAR and is_day(each, int(month), int(day)) for each in years
    )
