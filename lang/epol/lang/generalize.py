"""Generalizations: a value as something coarser, or None where it does not parse.

Dates are read as ISO 8601 (2026-04-12), with the year last (12.04.2026, 04/12/2026) or
with an English month (12 April 2026, April 12, 2026).  Where day and month cannot be
told apart, the year is clear and the month is not.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from fractions import Fraction

from epol.lang.literals import MILLION, format_scaled
from epol.lang.model import Method

_MONTHS = (
    "january february march april may june july august september october november december"
).split()
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})[-/.](?P<one>\d{1,2})[-/.](?P<two>\d{1,2})\Z", re.ASCII)
_YEAR_LAST = re.compile(r"(?P<one>\d{1,2})[-/.](?P<two>\d{1,2})[-/.](?P<year>\d{4})\Z", re.ASCII)
_DAY_MONTH = re.compile(r"(?P<day>\d{1,2})\.? (?P<name>[A-Za-z]+)\.?,? (?P<year>\d{4})\Z", re.ASCII)
_MONTH_DAY = re.compile(r"(?P<name>[A-Za-z]+)\.? (?P<day>\d{1,2}),? (?P<year>\d{4})\Z", re.ASCII)
_ZIP = re.compile(r"(\d{3})\d{2}(?:-\d{4})?\Z", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?\Z", re.ASCII)

_NETWORK_BITS = {4: 24, 6: 48}

_SMALL_ZIPS = frozenset(
    "036 059 063 102 202 203 204 205 369 556 692 753 772 790 821 823 830 831 878 879 884 890 "
    "893".split()
)
"""First three digits that 20,000 people or fewer share: the 17 of HHS's guidance on
de-identification (Census of 2000) and those of the Census of 2010."""


def generalize(value: str, method: Method) -> str | None:
    """The coarser form of a value, or None where it does not parse."""
    if method.name == "round":
        return _round(value, method.amount or MILLION)
    return _METHODS[method.name](value)


def _date(value: str) -> tuple[int, int | None] | None:
    """Year and month of a date; the month None where it is not clear."""
    if match := _YEAR_FIRST.match(value):
        year, month, day = (int(match[key]) for key in ("year", "one", "two"))
        return (year, month) if _is_day(month, day) else None
    if match := _YEAR_LAST.match(value):
        year, one, two = (int(match[key]) for key in ("year", "one", "two"))
        months = {m for m, d in ((one, two), (two, one)) if _is_day(m, d)}
        if not months:
            return None
        return year, months.pop() if len(months) == 1 else None
    if match := _DAY_MONTH.match(value) or _MONTH_DAY.match(value):
        named = _month_number(match["name"])
        if named is not None and _is_day(named, int(match["day"])):
            return int(match["year"]), named
    return None


def _is_day(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31


def _month_number(name: str) -> int | None:
    """The number of a month by its English name or the first three letters of it."""
    for number, month in enumerate(_MONTHS, start=1):
        if name.lower() in (month, month[:3]):
            return number
    return None


def _year(value: str) -> str | None:
    date = _date(value)
    return None if date is None else f"{date[0]:04d}"


def _decade(value: str) -> str | None:
    date = _date(value)
    return None if date is None else f"{date[0] // 10 * 10:04d}s"


def _month(value: str) -> str | None:
    date = _date(value)
    return None if date is None or date[1] is None else f"{date[0]:04d}-{date[1]:02d}"


def _zip3(value: str) -> str | None:
    """The first three digits of a US ZIP code, 000 where too few people share them
    (45 CFR 164.514(b)(2)(i)(B))."""
    match = _ZIP.match(value)
    if match is None:
        return None
    return "000" if match[1] in _SMALL_ZIPS else match[1]


def _network(value: str) -> str | None:
    """The /24 of an IPv4 address, the /48 of an IPv6 one."""
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return None
    # By number: the zone of an IPv6 address (`fe80::1%eth0`) can be any text.
    bits = _NETWORK_BITS[address.version]
    network = ipaddress.IPv4Network if address.version == 4 else ipaddress.IPv6Network
    return str(network((int(address), bits), strict=False))


def _round(value: str, amount: int) -> str | None:
    """Down to a multiple of `amount` (millionths)."""
    if _NUMBER.match(value) is None:
        return None
    return format_scaled((Fraction(value) * MILLION // amount) * amount)


_METHODS: dict[str, Callable[[str], str | None]] = {
    "year": _year,
    "month": _month,
    "decade": _decade,
    "zip3": _zip3,
    "network": _network,
}
