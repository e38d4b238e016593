"""Arithmetic that several check digits share."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""Characters in the order of their values in ISO/IEC 7064 and ICAO Doc 9303: A is 10."""


def weighted(text: str, weights: Sequence[int], alphabet: str = LETTERS) -> int:
    """The sum of the values of the characters, each times its weight.

    The text is as long as the weights, and every character is in the alphabet.
    """
    values = (alphabet.index(char) for char in text)
    return sum(value * weight for value, weight in zip(values, weights, strict=True))


_VALUES = bytes.maketrans(b"0123456789", bytes(range(10)))
_DOUBLED = bytes.maketrans(b"0123456789", bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))


def is_luhn(digits: str) -> bool:
    """Whether the last of some ASCII digits is right by Luhn's formula (ISO/IEC 7812-1, annex B).

    Every second digit from the right is doubled, and the digits of what that gives are summed.
    """
    data = digits.encode()
    total = sum(data[-1::-2].translate(_VALUES)) + sum(data[-2::-2].translate(_DOUBLED))
    return total % 10 == 0


def folded(products: Iterable[int]) -> int:
    """The sum of the decimal digits of numbers below 100 (27 counts as 2 + 7)."""
    return sum(sum(divmod(product, 10)) for product in products)


def is_day(year: int, month: int, day: int) -> bool:
    """Whether the Gregorian calendar has this day."""
    try:
        datetime.date(year, month, day)
    except ValueError:
        return False
    return True
