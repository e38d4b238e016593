"""Identity numbers of citizens and residents of Taiwan."""

from __future__ import annotations

import re

from epol.engine.text.validators._figures import weighted
from epol.engine.text.validators._text import compact

_SHAPE = re.compile(r"[A-Z][1289A-D]\d{8}", re.ASCII)
_AREAS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
"""Letters in the order of their values: A is 10, and I and O come last."""


def tw_id(value: str) -> bool:
    """A letter, nine digits: 1 or 2 for citizens' sex, 8 or 9 for residents'.

    The letter counts as two digits; weights are 1 and 9, then 8 to 1 and 1, and the sum is
    divisible by 10.  Residents' numbers before 2021 have A to D in the second place, which
    counts as the last digit of its value.
    Source: Ministry of the Interior, Department of Household Registration; National
    Immigration Agency.
    """
    text = compact(value)
    if not _SHAPE.fullmatch(text):
        return False
    area = 10 + _AREAS.index(text[0])
    second = str("ABCD".find(text[1])) if text[1] in "ABCD" else text[1]
    plain = f"{area}{second}{text[2:]}"
    return weighted(plain, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)) % 10 == 0
