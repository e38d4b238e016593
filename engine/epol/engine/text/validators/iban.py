"""International bank account numbers."""

from __future__ import annotations

import re
import string
from functools import cache

from epol.engine.text.validators._stdnum import row, valid
from epol.engine.text.validators._text import compact

_VALUES = str.maketrans({char: str(int(char, 36)) for char in string.ascii_uppercase})
_CLASSES = {"n": "[0-9]", "a": "[A-Z]", "c": "[0-9A-Z]"}
_PART = re.compile("([1-9][0-9]*)!([nac])")


def iban(value: str) -> bool:
    """A country of the registry, the structure it has there, and the sum modulo 97.

    Source: ISO 13616-1; SWIFT, IBAN registry, as python-stdnum has it.  Its further checks of
    some countries are left out: one looks the bank up in a list that ages, and refuses even the
    registry's own Belgian example.
    """
    text = compact(value)
    if not (text.isascii() and text.isalnum()):
        return valid("iban", text, check_country=False)
    structure = _structure(text[:2])
    if structure is None or structure.fullmatch(text, 4) is None:
        return False
    return int((text[4:] + text[:4]).translate(_VALUES)) % 97 == 1


@cache
def _structure(country: str) -> re.Pattern[str] | None:
    """What stands behind country and check digits; None for what is no country's code."""
    written = row("iban", country).get("bban")
    if written is None:
        return None
    return re.compile(_PART.sub(lambda part: f"{_CLASSES[part[2]]}{{{part[1]}}}", written))
