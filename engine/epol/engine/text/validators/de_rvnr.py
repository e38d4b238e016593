"""Pension insurance numbers of Germany."""

from __future__ import annotations

import re

from epol.engine.text.validators._figures import folded
from epol.engine.text.validators._text import compact

_SHAPE = re.compile(r"\d{8}[A-Z]\d{3}", re.ASCII)
_WEIGHTS = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)


def de_rvnr(value: str) -> bool:
    """Area, date of birth, a letter, serial and check digit: 15 070649 C 10 3.

    The letter counts as two digits, A as 01; the digits of the weighted values are added,
    modulo 10.  The date is not checked, as it need not be a real one.
    Source: VKVV § 2; Deutsche Rentenversicherung.
    """
    text = compact(value)
    if not _SHAPE.fullmatch(text):
        return False
    plain = f"{text[:8]}{ord(text[8]) - 64:02}{text[9:11]}"
    total = folded(int(char) * weight for char, weight in zip(plain, _WEIGHTS, strict=True))
    return total % 10 == int(text[11])
