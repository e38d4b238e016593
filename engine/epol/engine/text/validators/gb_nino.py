"""National Insurance numbers of the United Kingdom."""

from __future__ import annotations

import re

from epol.engine.text.validators._text import compact, placeholder

_SHAPE = re.compile(
    r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]", re.ASCII
)


def gb_nino(value: str) -> bool:
    """Two letters, six digits, and a letter from A to D.  There is no check digit.

    D, F, I, Q, U and V do not occur in the prefix, O not as its second letter, and seven
    prefixes are never allocated.
    Source: HM Revenue & Customs, National Insurance Manual, NIM39110.
    """
    text = compact(value)
    return bool(_SHAPE.fullmatch(text)) and not placeholder(text)
