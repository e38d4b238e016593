"""Business registration numbers of South Korea."""

from __future__ import annotations

from epol.engine.text.validators._figures import weighted
from epol.engine.text.validators._stdnum import valid
from epol.engine.text.validators._text import digits


def kr_brn(value: str) -> bool:
    """Tax office, kind, serial and check digit: 124-81-00998.

    Weights are 1, 3, 7 in turn and 5 for the ninth digit, the tens of which product are
    added once more; the check digit fills the sum up to ten.  python-stdnum leaves it out.
    Source: National Tax Service.
    """
    text = digits(value)
    if not valid("kr.brn", text):
        return False
    total = weighted(text[:9], (1, 3, 7, 1, 3, 7, 1, 3, 5)) + int(text[8]) * 5 // 10
    return -total % 10 == int(text[9])
