"""Individual taxpayer identification numbers of the United States."""

from __future__ import annotations

import re

from epol.engine.text.validators._text import digits

_SHAPE = re.compile(r"9\d\d(?:[57]\d|6[0-5]|8[0-8]|9[0-24-9])\d{4}")


def us_itin(value: str) -> bool:
    """Nine digits, the first a 9, the fourth and fifth 50-65, 70-88, 90-92 or 94-99.

    Source: Internal Revenue Manual 3.21.263.  python-stdnum still refuses 50 to 65.
    """
    return bool(_SHAPE.fullmatch(digits(value)))
