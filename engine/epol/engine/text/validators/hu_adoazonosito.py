"""Tax numbers of persons in Hungary."""

from __future__ import annotations

import re

from epol.engine.text.validators._figures import weighted
from epol.engine.text.validators._text import digits

_SHAPE = re.compile(r"8\d{9}")


def hu_adoazonosito(value: str) -> bool:
    """An 8, the day of birth counted from 1867, a serial, and a check digit.

    The check digit is the sum of the nine, each times its place, modulo 11; serials that
    give 10 are skipped.
    Source: Act XX of 1996, annex, on the adóazonosító jel; NAV.
    """
    text = digits(value)
    return bool(_SHAPE.fullmatch(text)) and weighted(text[:9], range(1, 10)) % 11 == int(text[9])
