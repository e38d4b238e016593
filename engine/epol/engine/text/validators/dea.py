"""Registration numbers of the United States' Drug Enforcement Administration."""

from __future__ import annotations

import re

from epol.engine.text.validators._text import MAX_LENGTH, placeholder

_SHAPE = re.compile(r"[ABCDEFGHJKLMPRSTUX][A-Z9]\d{7}(?:-[A-Z0-9]{1,10})?", re.ASCII)


def dea(value: str) -> bool:
    """A letter for the registrant, one of the name (or 9), six digits and a check digit.

    The check digit ends the sum of the first, third and fifth digit and twice the others.
    After a dash may follow what a hospital adds for its physician.
    Source: Drug Enforcement Administration, Practitioner's Manual; 21 CFR 1301.22 (suffix).
    """
    text = "".join(value.split()).upper() if len(value) <= MAX_LENGTH else ""
    if not _SHAPE.fullmatch(text) or placeholder(text[:9]):
        return False
    first, second, third, fourth, fifth, sixth, check = map(int, text[2:9])
    return (first + third + fifth + 2 * (second + fourth + sixth)) % 10 == check
