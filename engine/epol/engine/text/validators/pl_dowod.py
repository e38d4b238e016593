"""Identity card numbers of Poland."""

from __future__ import annotations

import re

from epol.engine.text.validators._figures import weighted
from epol.engine.text.validators._text import compact

_SHAPE = re.compile(r"[A-NPR-Z]{3}\d{6}", re.ASCII)


def pl_dowod(value: str) -> bool:
    """Three letters, a check digit and five digits; O and Q are not used.

    Weights are 7, 3, 1, 9, 7, 3, 1, 7, 3, A is 10, and the sum is divisible by 10.
    Source: Ministerstwo Spraw Wewnętrznych i Administracji, wzór dowodu osobistego.
    """
    text = compact(value)
    return bool(_SHAPE.fullmatch(text)) and weighted(text, (7, 3, 1, 9, 7, 3, 1, 7, 3)) % 10 == 0
