"""Types: what a value can be, and the bounds it keeps (language.md §3)."""

from __future__ import annotations

from dataclasses import dataclass

from epol.lang.literals import DURATION_UNITS, MILLION, Kind, Quantity, format_quantity

MAX_INT = 2**31 - 1
MAX_NUMBER = 10**9 * MILLION


@dataclass(frozen=True)
class BoolType:
    """`bool`."""

    def __str__(self) -> str:
        return "bool"


@dataclass(frozen=True)
class StringType:
    """`string`: compared only."""

    def __str__(self) -> str:
        return "string"


@dataclass(frozen=True)
class EnumType:
    """`enum { … }`; two are equal when their member lists are."""

    members: tuple[str, ...]

    def __str__(self) -> str:
        return f"enum {{ {', '.join(self.members)} }}"


@dataclass(frozen=True)
class SetType:
    """`set { … }`: any subset of its members."""

    members: tuple[str, ...]

    def __str__(self) -> str:
        return f"set {{ {', '.join(self.members)} }}"


@dataclass(frozen=True)
class NumericType:
    """A kind with the interval its values keep, on the kind's scale, both ends included."""

    kind: Kind
    low: int
    high: int

    def __str__(self) -> str:
        return str(self.kind)

    def range_text(self) -> str:
        """The bounds as the language writes them: `0 .. 10k`."""
        low, high = (format_quantity(Quantity(self.kind, v)) for v in (self.low, self.high))
        return f"{low} .. {high}"


Type = BoolType | StringType | EnumType | SetType | NumericType

BOOL, STRING = BoolType(), StringType()

PLAIN_TYPES: dict[str, Type] = {
    "bool": BOOL,
    "string": STRING,
    "int": NumericType(Kind.INT, 0, MAX_INT),
    "number": NumericType(Kind.NUMBER, -MAX_NUMBER, MAX_NUMBER),
    "ratio": NumericType(Kind.NUMBER, 0, MILLION),
    "duration": NumericType(Kind.DURATION, 0, 30 * DURATION_UNITS["d"]),
    "money": NumericType(Kind.MONEY, 0, MILLION * MILLION),
    "size": NumericType(Kind.SIZE, 0, 2**50),
}
"""The types that have a name, with the bounds they have when none are written."""


def constant_type(kind: Kind, value: int) -> NumericType:
    """The type of one known value."""
    return NumericType(kind, value, value)
