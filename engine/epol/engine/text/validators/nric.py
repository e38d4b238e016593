"""NRIC and FIN numbers of Singapore."""

from __future__ import annotations

import re

from epol.engine.text.validators._figures import weighted
from epol.engine.text.validators._text import compact, placeholder

_SHAPE = re.compile(r"[STFGM]\d{7}[A-Z]", re.ASCII)
_WEIGHTS = (2, 7, 6, 5, 4, 3, 2)
_OFFSETS = {"S": 0, "T": 4, "F": 0, "G": 4, "M": 3}
_CHECKS = {
    "S": "JZIHGFEDCBA",
    "T": "JZIHGFEDCBA",
    "F": "XWUTRQPNMLK",
    "G": "XWUTRQPNMLK",
    "M": "XWUTRQPNJLK",
}


def nric(value: str) -> bool:
    """S or T for citizens and residents, F, G or M for foreigners; seven digits; a letter.

    The digits are weighted 2, 7, 6, 5, 4, 3, 2, the series adds 0, 4 or 3, and the rest
    modulo 11 picks the letter of that series.
    Source: Immigration & Checkpoints Authority; the M series is of 2022.
    """
    text = compact(value)
    if not _SHAPE.fullmatch(text) or placeholder(text):
        return False
    series = text[0]
    rest = (weighted(text[1:8], _WEIGHTS) + _OFFSETS[series]) % 11
    return text[8] == _CHECKS[series][rest]
