"""Insurance numbers of individual accounts (SNILS) of Russia."""

from __future__ import annotations

from epol.engine.text.validators._figures import weighted
from epol.engine.text.validators._text import digits, placeholder


def ru_snils(value: str) -> bool:
    """Nine digits, weighted 9 to 1, and the sum modulo 101 in two digits, 100 as 00.

    Source: Social Fund of Russia; resolution 192p of 31 July 2006, annex 1.
    """
    text = digits(value)
    if len(text) != 11 or placeholder(text):
        return False
    return weighted(text[:9], range(9, 0, -1)) % 101 % 100 == int(text[9:])
