"""Social security numbers of Spain."""

from __future__ import annotations

import re

from epol.engine.text.validators._text import digits

_SHAPE = re.compile(r"(?:0[1-9]|[1-4]\d|5[0-3]|66)\d{10}")


def es_nuss(value: str) -> bool:
    """Province (01 to 53, or 66), eight digits, and the number they form modulo 97.

    Of a number below ten million the leading zero is left out before the division.
    Source: Tesorería General de la Seguridad Social, número de la Seguridad Social.
    """
    text = digits(value)
    if not _SHAPE.fullmatch(text):
        return False
    number = int(text[2:10])
    scale = 10_000_000 if number < 10_000_000 else 100_000_000
    return (int(text[:2]) * scale + number) % 97 == int(text[10:])
