"""Whether a model can read a text at all."""

from __future__ import annotations

_LATIN_END = "\u0300"
_ADDITIONAL = ("\u1e00", "\u1f00")
"""Latin letters of Unicode that names are written in: those below U+0300, and the block Latin
Extended Additional (Vietnamese)."""

_LEAST = 2
"""Letters of another script that may be a name: not the one in a formula."""


def is_latin(text: str) -> bool:
    """Whether at least half of a text's letters are Latin; a single letter says nothing."""
    if text.isascii():
        return True
    low, high = _ADDITIONAL
    letters = [each for each in text if each.isalpha()]
    strange = sum(each >= _LATIN_END and not low <= each < high for each in letters)
    return 2 * strange <= len(letters) or strange < _LEAST
