"""PIS, PASEP and NIS of Brazil, one number under three names."""

from __future__ import annotations

from epol.engine.text.validators._figures import weighted
from epol.engine.text.validators._text import digits, placeholder


def br_pis(value: str) -> bool:
    """Ten digits and a check digit: the sum weighted 3, 2, 9 … 2, from 11, and 10 and 11 are 0.

    Source: Caixa Econômica Federal, NIS (PIS/PASEP); Dataprev, layout of the CNIS.
    """
    text = digits(value)
    if len(text) != 11 or placeholder(text):
        return False
    check = 11 - weighted(text[:10], (3, 2, 9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return int(text[10]) == (0 if check >= 10 else check)
