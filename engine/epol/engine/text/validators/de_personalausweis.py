"""Serial numbers of German identity cards and passports."""

from __future__ import annotations

import re

from epol.engine.text.validators._figures import weighted
from epol.engine.text.validators._text import compact

_SHAPE = re.compile(r"[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{8}\d", re.ASCII)


def de_personalausweis(value: str) -> bool:
    """Nine characters without vowels and look-alikes, and their check digit.

    Weights are 7, 3, 1 in turn, modulo 10.  Without the check digit, which the front of the
    card leaves out, nothing could be checked, and the text is refused.
    Sources: PAuswG § 5; ICAO Doc 9303-3, 4.9.
    """
    text = compact(value)
    if not _SHAPE.fullmatch(text):
        return False
    return weighted(text[:9], (7, 3, 1) * 3) % 10 == int(text[9])
