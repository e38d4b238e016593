"""Dates made coarser: their month, year or decade.

Read are ISO 8601 (2026-04-12), the year last (12.04.2026, 04/12/2026) and an English month
(12 April 2026, Apr. 12, 2026).  Where day and month can be told apart only by guessing, the
year is known and the month is not.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_NUMBERS = re.compile(
    r"(?P<y>[0-9]{4})[-/.](?P<a>[0-9]{1,2})[-/.](?P<b>[0-9]{1,2})"
    r"|(?P<c>[0-9]{1,2})[-/.](?P<d>[0-9]{1,2})[-/.](?P<z>[0-9]{4})"
)
_WORDS = re.compile(
    r"(?:(?P<a>[0-9]{1,2})\.? (?P<m>[A-Za-z]+)\.?|(?P<n>[A-Za-z]+)\.? (?P<b>[0-9]{1,2})),?"
    r" (?P<y>[0-9]{4})"
)
_LAST_MONTH, _LAST_DAY = 12, 31
_NAMES = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_BY_NAME = {form: at for at, name in enumerate(_NAMES, 1) for form in (name, name[:3])}


class _Date(NamedTuple):
    year: str
    month: int | None


def year(value: str) -> str | None:
    """The year of a date, in four digits."""
    date = _read(value)
    return date and date.year


def decade(value: str) -> str | None:
    """The decade of a date: 2026 is of the `2020s`."""
    date = _read(value)
    return date and f"{date.year[:3]}0s"


def month(value: str) -> str | None:
    """Year and month of a date (`2026-04`), where the month is clear."""
    date = _read(value)
    return None if date is None or date.month is None else f"{date.year}-{date.month:02d}"


def _read(value: str) -> _Date | None:
    if match := _NUMBERS.fullmatch(value):
        if match["y"]:
            return _dated(match["y"], _months((match["a"], match["b"])))
        orders = (match["c"], match["d"]), (match["d"], match["c"])
        return _dated(match["z"], _months(*orders))
    if match := _WORDS.fullmatch(value):
        named = _BY_NAME.get((match["m"] or match["n"]).lower(), 0)
        return _dated(match["y"], _months((str(named), match["a"] or match["b"])))
    return None


def _months(*orders: tuple[str, str]) -> set[int]:
    """The months that a date may lie in, each order giving a month and a day."""
    pairs = ((int(first), int(second)) for first, second in orders)
    return {month for month, day in pairs if 1 <= month <= _LAST_MONTH and 1 <= day <= _LAST_DAY}


def _dated(year: str, months: set[int]) -> _Date | None:
    if not months:
        return None
    return _Date(year, months.pop() if len(months) == 1 else None)
