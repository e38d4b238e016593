"""Identity card numbers of Hong Kong."""

from __future__ import annotations

import re

from epol.engine.text.validators._figures import weighted
from epol.engine.text.validators._text import compact

_SHAPE = re.compile(r"[A-Z]{1,2}\d{6}[0-9A]", re.ASCII)
_BLANK = 36 * 9
"""What a missing first letter adds to the sum."""


def hk_hkid(value: str) -> bool:
    """One or two letters, six digits, and a check character that may stand in brackets.

    Weights fall from 9 to 1, A is 10, the missing first letter is 36, and the sum is
    divisible by 11; a check value of 10 is written A.
    Source: Immigration Department, Hong Kong identity card.
    """
    text = compact(value.replace("(", "").replace(")", ""))
    if not _SHAPE.fullmatch(text):
        return False
    blank = _BLANK if len(text) == 8 else 0
    return (blank + weighted(text, range(len(text), 0, -1))) % 11 == 0
