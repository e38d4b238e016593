"""National identification numbers of Luxembourg."""

from __future__ import annotations

import re

from epol.engine.text.validators._stdnum import valid
from epol.engine.text.validators._text import digits

_SHAPE = re.compile(r"(?:18|19|20)\d\d(?:0\d|1[0-2])[0-3]\d{6}")


def lu_matricule(value: str) -> bool:
    """Date of birth, serial, and two check digits, of Luhn and of Verhoeff, each over eleven.

    Month and day are zero where they are not known.
    Source: CTIE, numéro d'identification national; règlement grand-ducal du 28 novembre 2013.
    """
    text = digits(value)
    if not _SHAPE.fullmatch(text):
        return False
    return valid("luhn", text[:12]) and valid("verhoeff", text[:11] + text[12])
