"""National codes of Iran."""

from __future__ import annotations

from epol.engine.text.validators._figures import weighted
from epol.engine.text.validators._text import digits, placeholder


def ir_melli(value: str) -> bool:
    """Nine digits, weighted 10 to 2, and the sum modulo 11, taken from 11 where it is above 1.

    Source: National Organization for Civil Registration, kode melli.
    """
    text = digits(value)
    if len(text) != 10 or placeholder(text):
        return False
    rest = weighted(text[:9], range(10, 1, -1)) % 11
    return int(text[9]) == (rest if rest < 2 else 11 - rest)
