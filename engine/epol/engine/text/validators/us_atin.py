"""Adoption taxpayer identification numbers of the United States."""

from __future__ import annotations

import re

from epol.engine.text.validators._text import digits

_SHAPE = re.compile(r"9\d\d93\d{4}")


def us_atin(value: str) -> bool:
    """Nine digits, the first a 9, the fourth and fifth 93.  There is no check digit.

    Source: Internal Revenue Manual 3.13.40.  python-stdnum asks for nine digits only.
    """
    return bool(_SHAPE.fullmatch(digits(value)))
