"""Numbers with units, exactly.

Every numeric value of the language is an int64 on a fixed scale (language.md §3):
int 1, number and ratio millionths, duration microseconds, money millionths of a
dollar, size bytes.  A literal that its scale cannot hold exactly is an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

MILLION = 1_000_000
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
MAX_DIGITS = 40


class Kind(StrEnum):
    """The numeric kinds.  A ratio is a number with the bounds 0..1."""

    INT = "int"
    NUMBER = "number"
    DURATION = "duration"
    MONEY = "money"
    SIZE = "size"


SCALE = {Kind.INT: 1, Kind.NUMBER: MILLION, Kind.DURATION: 1, Kind.MONEY: MILLION, Kind.SIZE: 1}

DURATION_UNITS = {
    "us": 1,
    "ms": 1_000,
    "s": MILLION,
    "m": 60 * MILLION,
    "h": 3_600 * MILLION,
    "d": 86_400 * MILLION,
}
SIZE_UNITS = {"B": 1} | {
    f"{prefix}{suffix}": base**power
    for power, prefixes in enumerate(("kK", "M", "G", "T"), start=1)
    for prefix in prefixes
    for suffix, base in (("B", 1000), ("iB", 1024))
}
COUNT_UNITS = {"k": 1_000, "M": MILLION}

_NUMBER = re.compile(r"(\$)?(\d(?:_?\d)*)(?:\.(\d(?:_?\d)*))?(%|[A-Za-z]+)?\Z", re.ASCII)


class LiteralError(ValueError):
    """A literal that means nothing or cannot be held exactly; str() says why."""


class InexactError(LiteralError):
    """A literal finer than its type, or beyond int64; `kind` is the type's."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class Quantity:
    """A numeric kind and a value on that kind's scale."""

    kind: Kind
    value: int


def parse_number(text: str) -> Quantity:
    """The quantity a numeric literal such as `8k`, `35%` or `$0.10` denotes.

    Raises `LiteralError` for a shape or unit that is not in the language and
    `InexactError` for a value that its kind cannot hold exactly.
    """
    kind, exact = _exact(text)
    if exact.denominator != 1:
        raise InexactError(kind, f"`{text}` is finer than a {kind} can hold")
    if not INT64_MIN <= exact.numerator <= INT64_MAX:
        raise InexactError(kind, f"`{text}` is too large")
    return Quantity(kind, exact.numerator)


def floor_number(text: str) -> Quantity:
    """As `parse_number` for a value in a request: signed, and floored to its scale."""
    sign = -1 if text.startswith("-") else 1
    kind, exact = _exact(text[1:] if text[:1] in ("-", "+") else text)
    return Quantity(kind, (sign * exact).__floor__())


def _exact(text: str) -> tuple[Kind, Fraction]:
    match = _NUMBER.match(text)
    if match is None or len(text) > MAX_DIGITS:
        raise LiteralError(f"`{_short(text)}` is not a number of the language")
    dollar, whole, part, unit = match.groups()
    digits = Fraction(int(whole.replace("_", "")))
    if part:
        part = part.replace("_", "")
        digits += Fraction(int(part), 10 ** len(part))
    if dollar:
        if unit:
            raise LiteralError(f"`{text}`: money takes no unit after it")
        return Kind.MONEY, digits * MILLION
    return _with_unit(text, digits, bool(part), unit)


def _with_unit(
    text: str, digits: Fraction, is_decimal: bool, unit: str | None
) -> tuple[Kind, Fraction]:
    if unit is None:
        return (Kind.NUMBER, digits * MILLION) if is_decimal else (Kind.INT, digits)
    if unit == "%":
        return Kind.NUMBER, digits * MILLION / 100
    if unit in COUNT_UNITS:
        return Kind.INT, digits * COUNT_UNITS[unit]
    if unit in DURATION_UNITS:
        return Kind.DURATION, digits * DURATION_UNITS[unit]
    if unit in SIZE_UNITS:
        return Kind.SIZE, digits * SIZE_UNITS[unit]
    raise LiteralError(f"`{_short(text)}`: `{_short(unit)}` is not a unit")


def _short(text: str) -> str:
    return text if len(text) <= MAX_DIGITS else text[:MAX_DIGITS] + "…"


def format_scaled(value: int) -> str:
    """A value in millionths as a plain decimal: `-39000` is `-0.039`."""
    sign = "-" if value < 0 else ""
    whole, part = divmod(abs(value), MILLION)
    return f"{sign}{whole}" + (f".{part:06d}".rstrip("0") if part else "")


def format_quantity(quantity: Quantity) -> str:
    """The shortest literal of the language that denotes a quantity."""
    value, sign = abs(quantity.value), "-" if quantity.value < 0 else ""
    match quantity.kind:
        case Kind.INT:
            return sign + _by_unit(value, COUNT_UNITS, least="")
        case Kind.NUMBER:
            return format_scaled(quantity.value)
        case Kind.MONEY:
            return f"{sign}${format_scaled(value)}"
        case Kind.DURATION:
            return sign + (_by_unit(value, DURATION_UNITS, least="us") if value else "0s")
        case Kind.SIZE:
            return sign + _by_unit(value, SIZE_UNITS, least="B")


def _by_unit(value: int, units: dict[str, int], least: str) -> str:
    fitting = [(size, unit) for unit, size in units.items() if value and value % size == 0]
    size, unit = max(fitting, default=(1, least))
    return f"{value // size}{unit if size > 1 else least}"
