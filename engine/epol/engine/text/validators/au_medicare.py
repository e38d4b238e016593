"""Medicare card numbers of Australia."""

from __future__ import annotations

import re

from epol.engine.text.validators._figures import weighted
from epol.engine.text.validators._text import digits

_SHAPE = re.compile(r"[2-6]\d{8}[1-9][1-9]?")


def au_medicare(value: str) -> bool:
    """Eight digits, the first from 2 to 6, a check digit, an issue number, perhaps a reference.

    The check digit is the sum of the eight, weighted 1, 3, 7, 9 twice, modulo 10.
    Source: Services Australia; National Health Data Dictionary, person—Medicare card number.
    """
    text = digits(value)
    if not _SHAPE.fullmatch(text):
        return False
    return weighted(text[:8], (1, 3, 7, 9, 1, 3, 7, 9)) % 10 == int(text[8])
