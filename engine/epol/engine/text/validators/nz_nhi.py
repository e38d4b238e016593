"""National Health Index numbers of New Zealand."""

from __future__ import annotations

import re

from epol.engine.text.validators._figures import weighted
from epol.engine.text.validators._text import compact

_OLD = re.compile(r"[A-HJ-NP-Z]{3}\d{4}", re.ASCII)
_NEW = re.compile(r"[A-HJ-NP-Z]{3}\d\d[A-HJ-NP-Z]{2}", re.ASCII)
_DIGITS = "0123456789"
_LETTERS = " ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Letters by value: A is 1, and I and O are left out."""

_WEIGHTS = (7, 6, 5, 4, 3, 2)


def nz_nhi(value: str) -> bool:
    """Three letters, three digits and a check digit; or a digit less and a check letter.

    Weights fall from 7 to 2.  The old check digit is the sum modulo 11, from 11, where 10
    is written 0 and a sum divisible by 11 is not issued; the new letter is the sum modulo
    23, from 23 (drafts of the standard had 24).
    Source: Health New Zealand, HISO 10046:2024 Consumer Health Identity Standard.
    """
    text = compact(value)
    if _OLD.fullmatch(text):
        rest = _sum(text) % 11
        return rest != 0 and (11 - rest) % 10 == int(text[6])
    if _NEW.fullmatch(text):
        return _LETTERS[23 - _sum(text) % 23] == text[6]
    return False


def _sum(text: str) -> int:
    letters = weighted(text[:3], _WEIGHTS[:3], _LETTERS)
    numbers = weighted(text[3:5], _WEIGHTS[3:5], _DIGITS)
    last = _DIGITS if text[5].isdigit() else _LETTERS
    return letters + numbers + weighted(text[5], _WEIGHTS[5:], last)
