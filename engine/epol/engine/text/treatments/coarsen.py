"""What each `generalize by` makes of a value: a function of its name, None where it can't."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping

from epol.engine.bundle.treatment import Method
from epol.engine.text.treatments.dates import decade, month, year

_MICRO_DIGITS = 6  # amounts are in millionths
_ZIP_CODE = re.compile(r"([0-9]{3})[0-9]{2}(-[0-9]{4})?")
_DECIMAL = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]{1,30})(\.(?P<part>[0-9]{1,30}))?")
_V4_BITS, _V6_BITS = 24, 48
_FEW_PEOPLE = frozenset(
    {"036", "059", "063", "102", "202", "203", "204", "205", "369", "556", "692", "753"}
    | {"772", "790", "821", "823", "830", "831", "878", "879", "884", "890", "893"}
)
"""First three digits of ZIP codes that 20,000 people or fewer share, by the Census of 2000 (the 17
of HHS's guidance on de-identification) or of 2010."""


def coarsen(value: str, method: Method) -> str | None:
    """The coarser form of a value, or None where the value does not parse."""
    if method.amount is not None:
        return _rounded(value, method.amount)
    return _BY_NAME[method.name](value)


def _zip3(value: str) -> str | None:
    """The first three digits of a US ZIP code, 000 where too few people share them
    (45 CFR 164.514(b)(2)(i)(B))."""
    match = _ZIP_CODE.fullmatch(value)
    return match and ("000" if match[1] in _FEW_PEOPLE else match[1])


def _network(value: str) -> str | None:
    """The /24 of an IPv4 address, the /48 of an IPv6 one (its zone, if any, is left out).

    The numbers are rebuilt from the address as an integer: a zone is free text, which
    `ipaddress` would carry over into the network of an address that ends in zeros.
    """
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return None
    if address.version == 4:
        return str(ipaddress.IPv4Network((int(address), _V4_BITS), strict=False))
    return str(ipaddress.IPv6Network((int(address), _V6_BITS), strict=False))


def _rounded(value: str, amount: int) -> str | None:
    """A decimal, down to a multiple of `amount` millionths.

    With n = value · 10^k whole, the multiple is ⌊n · 10^6 / (amount · 10^k)⌋ · amount.
    """
    match = _DECIMAL.fullmatch(value)
    if match is None:
        return None
    part = match["part"] or ""
    digits = int(match["sign"] + match["whole"] + part)
    steps = digits * 10**_MICRO_DIGITS // (amount * 10 ** len(part))
    return _decimal(steps * amount)


def _decimal(millionths: int) -> str:
    """Millionths as a plain decimal: no exponent, no zeros at the end, no negative zero."""
    digits = f"{abs(millionths):0{_MICRO_DIGITS + 1}d}"
    whole, part = digits[:-_MICRO_DIGITS], digits[-_MICRO_DIGITS:].rstrip("0")
    return ("-" if millionths < 0 else "") + whole + ("." + part if part else "")


_BY_NAME: Mapping[str, Callable[[str], str | None]] = {
    "month": month,
    "year": year,
    "decade": decade,
    "zip3": _zip3,
    "network": _network,
}
