"""Vehicle identification numbers."""

from __future__ import annotations

import re

from epol.engine.text.validators._figures import weighted
from epol.engine.text.validators._text import compact

_SHAPE = re.compile(r"(?=.*[A-Z])[A-HJ-NPR-Z0-9]{13}\d{4}", re.ASCII)
_CHECKED = re.compile(r"[1-5L]|7[F-Z0]", re.ASCII)
"""World manufacturers of North America and China, where the check digit is law."""

_VALUES = str.maketrans("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789")
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def vin(value: str) -> bool:
    """17 letters and digits without I, O and Q, of which the last four are digits.

    Where the law asks for it, in North America and China, the ninth place is a check digit:
    the weighted sum modulo 11, 10 as X.  Elsewhere makers may put there what they like, and
    the shape is all that is checked.
    Sources: ISO 3779, ISO 3780; 49 CFR 565.15; GB 16735.
    """
    text = compact(value)
    if not _SHAPE.fullmatch(text):
        return False
    if not _CHECKED.match(text):
        return True
    rest = weighted(text.translate(_VALUES), _WEIGHTS) % 11
    return text[8] == "0123456789X"[rest]
