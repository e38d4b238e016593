"""Medicare Beneficiary Identifiers of the United States."""

from __future__ import annotations

import re

from epol.engine.text.validators._text import compact

_LETTER = "AC-HJKMNP-RT-Y"
_SHAPE = re.compile(
    rf"[1-9][{_LETTER}][{_LETTER}0-9]\d[{_LETTER}][{_LETTER}0-9]\d[{_LETTER}]{{2}}\d\d", re.ASCII
)


def us_mbi(value: str) -> bool:
    """Eleven characters, each place with its kind; S, L, O, I, B and Z are left out.

    There is no check digit.
    Source: Centers for Medicare & Medicaid Services, Understanding the MBI Format.
    """
    return bool(_SHAPE.fullmatch(compact(value)))
