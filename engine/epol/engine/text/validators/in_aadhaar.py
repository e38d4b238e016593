"""Numbers of residents of India: Aadhaar."""

from __future__ import annotations

import re

from epol.engine.text.validators._stdnum import valid
from epol.engine.text.validators._text import compact, placeholder

_SHAPE = re.compile(r"[2-9][0-9]{11}")


def _product(a: int, b: int) -> int:
    """In the group of the symmetries of a pentagon: turns are 0 to 4, reflections 5 to 9."""
    if a < 5:
        return (a + b) % 5 if b < 5 else 5 + (a + b) % 5
    return 5 + (a - b) % 5 if b < 5 else (a - b) % 5


_PRODUCTS = [[_product(a, b) for b in range(10)] for a in range(10)]
_PERMUTED = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
_ROWS = [list(range(10))]
"""What a digit counts at each place, from the right."""
for _ in range(11):
    _ROWS.append([_ROWS[-1][digit] for digit in _PERMUTED])
_SUMS = [[[sums[digit] for digit in row] for sums in _PRODUCTS] for row in _ROWS]
"""By place, by what the places before it gave, and by digit: what they give together."""


def in_aadhaar(value: str) -> bool:
    """Twelve digits of which the first is 2 to 9, with a right digit by Verhoeff; no palindrome.

    Source: UIDAI: Aadhaar; J. Verhoeff, Error Detecting Decimal Codes, 1969.
    """
    text = compact(value)
    if not text.isascii():
        # Digits and separators of other scripts are a matter of python-stdnum.
        return not placeholder(text) and valid("in_.aadhaar", text)
    if _SHAPE.fullmatch(text) is None or text == text[::-1] or placeholder(text):
        return False
    rest = 0
    for digit, row in zip(text[::-1].encode(), _SUMS, strict=True):
        rest = row[rest][digit - 48]
    return rest == 0
