"""How much a text looks drawn at random."""

from __future__ import annotations

import math
from collections import Counter

from epol.engine.text.validators._text import MAX_LONG

LEAST_BITS = 3.0
"""Bits a character: English words have less, keys of sixteen characters or more have more."""


def entropy(value: str) -> bool:
    """Whether Shannon's entropy of the characters is 3.0 bits a character or more.

    Source: C. E. Shannon, A Mathematical Theory of Communication, 1948, section 6: the sum
    of -p · log2 p, with the share of each character in the text as its p.
    """
    if not 0 < len(value) <= MAX_LONG:
        return False
    shares = (count / len(value) for count in Counter(value).values())
    return -sum(share * math.log2(share) for share in shares) >= LEAST_BITS
