"""Identity card numbers of Uruguay."""

from __future__ import annotations

from epol.engine.text.validators._figures import weighted
from epol.engine.text.validators._text import digits, placeholder


def uy_ci(value: str) -> bool:
    """Six or seven digits and a check digit: 1.234.567-2.

    Weights are 2, 9, 8, 7, 6, 3, 4, with a zero before six digits; the check digit fills the
    sum up to ten.
    Source: Dirección Nacional de Identificación Civil.
    """
    text = digits(value)
    if len(text) not in {7, 8} or placeholder(text):
        return False
    return -weighted(text[:-1].zfill(7), (2, 9, 8, 7, 6, 3, 4)) % 10 == int(text[-1])
