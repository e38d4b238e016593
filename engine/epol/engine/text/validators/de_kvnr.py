"""Health insurance numbers of Germany."""

from __future__ import annotations

import re

from epol.engine.text.validators._figures import folded
from epol.engine.text.validators._text import compact, placeholder

_SHAPE = re.compile(r"[A-Z]\d{9}", re.ASCII)


def de_kvnr(value: str) -> bool:
    """A letter, eight digits and a check digit: the part of the number that stays for life.

    The letter counts as two digits, A as 01; weights are 1 and 2 in turn, the digits of the
    products are added, modulo 10.
    Source: GKV-Spitzenverband, Krankenversichertennummer; SGB V § 290.
    """
    text = compact(value)
    if not _SHAPE.fullmatch(text) or placeholder(text):
        return False
    plain = f"{ord(text[0]) - 64:02}{text[1:9]}"
    total = folded(int(char) * (1 + at % 2) for at, char in enumerate(plain))
    return total % 10 == int(text[9])
