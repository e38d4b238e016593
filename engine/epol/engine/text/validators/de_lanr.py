"""Numbers of physicians of Germany's statutory health insurance."""

from __future__ import annotations

from epol.engine.text.validators._text import digits, placeholder

_WEIGHTS = (4, 9)
_CHECK = 6


def de_lanr(value: str) -> bool:
    """Nine digits: six of the person, a check digit, two of the specialty.

    Source: Kassenärztliche Bundesvereinigung, Arztnummern-Richtlinie (§ 75 Absatz 7 SGB V): the
    first six digits times 4 and 9 in turn; the check digit fills their sum up to a tens.
    """
    text = digits(value)
    if len(text) != 9 or placeholder(text):
        return False
    total = sum(int(d) * _WEIGHTS[i % 2] for i, d in enumerate(text[:_CHECK]))
    return -total % 10 == int(text[_CHECK])
