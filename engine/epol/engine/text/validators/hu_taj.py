"""Social security numbers of Hungary."""

from __future__ import annotations

from epol.engine.text.validators._figures import weighted
from epol.engine.text.validators._text import digits, placeholder


def hu_taj(value: str) -> bool:
    """Eight digits, weighted 3 and 7 in turn, and their sum modulo 10.

    Source: Act XX of 1996, annex, on the TAJ number; NEAK.
    """
    text = digits(value)
    if len(text) != 9 or placeholder(text):
        return False
    return weighted(text[:8], (3, 7) * 4) % 10 == int(text[8])
