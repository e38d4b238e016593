"""Numbers of a request on the scales of language.md §3, floored, never rounded."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from math import floor

MILLION = 1_000_000
MAX_DIGITS = 40
_MOST = 10**MAX_DIGITS

_SCALES = {"int": 1, "number": MILLION, "duration": 1, "money": MILLION, "size": 1}
_COUNTS = {"k": 1_000, "M": MILLION}
_DURATIONS = {
    "us": 1,
    "ms": 1_000,
    "s": MILLION,
    "m": 60 * MILLION,
    "h": 3_600 * MILLION,
    "d": 86_400 * MILLION,
}
_SIZES = {"B": 1} | {
    f"{prefix}{suffix}": base**power
    for power, prefixes in enumerate(("kK", "M", "G", "T"), start=1)
    for prefix in prefixes
    for suffix, base in (("B", 1000), ("iB", 1024))
}
_LITERAL = re.compile(r"([+-]?)(\$)?(\d(?:_?\d)*)(?:\.(\d(?:_?\d)*))?(%|[A-Za-z]+)?\Z", re.ASCII)
_EXACT_FLOAT = 10**15


def scaled(raw: object, kind: str) -> int | None:
    """A JSON value as a number of a kind, on its scale; None if it is none."""
    return reader(kind)(raw)


@cache
def reader(kind: str) -> Callable[[object], int | None]:
    """`scaled` for one kind."""
    # Whole numbers and fractions are for counts and ratios; all else has a unit, in a string.
    times = {"int": 1, "number": MILLION}.get(kind, 0)

    def read(raw: object) -> int | None:
        if type(raw) is int:
            return raw * times if times and -_MOST < raw < _MOST else None
        if isinstance(raw, str):
            return _literal(raw, kind) if len(raw) <= MAX_DIGITS + 1 else None
        if not times or isinstance(raw, bool):
            return None
        if isinstance(raw, float):
            return _of_float(raw, kind)
        return _of_decimal(raw, kind) if isinstance(raw, Decimal) else None

    return read


def _of_float(raw: float, kind: str) -> int | None:
    """A float means the shortest decimal that denotes it.

    With 15 digits or fewer, that is the decimal whose nearest float it is.
    """
    if kind == "number" and abs(raw) < _EXACT_FLOAT // MILLION:
        nearest = round(raw * MILLION)
        if nearest / MILLION == raw:
            return nearest
    return _of_decimal(Decimal(repr(raw)), kind)


def _of_decimal(value: Decimal, kind: str) -> int | None:
    if not value.is_finite() or value.adjusted() > MAX_DIGITS:
        return None
    if value and value.adjusted() < -MAX_DIGITS:
        return -1 if value < 0 else 0
    if len(value.as_tuple().digits) > 20 * MAX_DIGITS:
        return None
    numerator, denominator = value.as_integer_ratio()
    return numerator * _SCALES[kind] // denominator


@lru_cache(maxsize=4096)
def _literal(text: str, kind: str) -> int | None:
    """A literal of the language, with its sign."""
    match = _LITERAL.match(text)
    if match is None or len(text) - bool(match[1]) > MAX_DIGITS:
        return None
    sign, dollar, whole, part, unit = match.groups()
    digits = Fraction(int(whole.replace("_", "")))
    if part:
        digits += Fraction(int(part.replace("_", "")), 10 ** len(part.replace("_", "")))
    found = _with_unit(digits, dollar, part, unit)
    if found is None:
        return None
    value = floor(-found[1] if sign == "-" else found[1])
    if found[0] == kind:
        return value
    if (found[0], kind) == ("int", "number"):
        return value * MILLION
    return value // MILLION if (found[0], kind) == ("number", "int") else None


def _with_unit(
    digits: Fraction, dollar: str | None, part: str | None, unit: str | None
) -> tuple[str, Fraction] | None:
    """The kind of a literal and its exact value on that kind's scale."""
    if dollar:
        return None if unit else ("money", digits * MILLION)
    if unit is None:
        return ("number", digits * MILLION) if part else ("int", digits)
    if unit == "%":
        return "number", digits * MILLION / 100
    for kind, units in (("int", _COUNTS), ("duration", _DURATIONS), ("size", _SIZES)):
        if unit in units:
            return kind, digits * units[unit]
    return None
