"""National identity card numbers of Sri Lanka."""

from __future__ import annotations

import re

from epol.engine.text.validators._text import compact, placeholder

_DAY = r"(?:00[1-9]|0[1-9]\d|[12]\d\d|3[0-5]\d|36[0-6]|50[1-9]|5[1-9]\d|[67]\d\d|8[0-5]\d|86[0-6])"
_SHAPE = re.compile(rf"\d\d{_DAY}\d{{4}}[VX]|(?:19|20)\d\d{_DAY}\d{{5}}", re.ASCII)


def lk_nic(value: str) -> bool:
    """Year and day of birth, serial, and V or X; since 2016 twelve digits without a letter.

    Days count from 1 to 366, and from 501 to 866 for women.  How the check digit is formed
    has not been published.
    Source: Department for Registration of Persons.
    """
    text = compact(value)
    return bool(_SHAPE.fullmatch(text)) and not placeholder(text)
