"""National Provider Identifiers of the United States."""

from __future__ import annotations

from epol.engine.text.validators._figures import is_luhn
from epol.engine.text.validators._text import digits, placeholder

_PREFIX = "80840"
"""Health applications (80) in the United States (840): what a card would have before it."""


def npi(value: str) -> bool:
    """Ten digits that begin with 1 or 2; Luhn's sum is right with 80840 before them.

    Source: 45 CFR 162.406; Centers for Medicare & Medicaid Services, NPI check digit.
    """
    text = digits(value)
    if len(text) != 10 or text[0] not in "12" or placeholder(text):
        return False
    return is_luhn(_PREFIX + text)
