"""How sure it is that a word is part of a person's name.

The model's tokenizer makes everything lower case, so the model cannot know that `Rose` is
written with a capital and `rose` is not.  What case says is added to its probability as
log-odds (naive Bayes: the two are taken as independent).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log

from epol.engine.models.classifier import Read

CAPITAL = 1.0
"""Added for a capital in the midst of a sentence (natural logarithm of odds)."""

SMALL = 3.0
"""Taken off for a word in lower case, in a text that has capitals."""

_EDGE = 1e-6
_NEAR = 8
_BEGINNINGS = '.!?:\n"\u201c\u201d\u201e\u00ab\u00bb>*\u2022-\u2013\u2014([{'
"""What a word with a capital by its place stands behind: ends, quotation marks, bullets, dashes."""


def shares_of(words: Sequence[Read], members: frozenset[int]) -> list[float]:
    """For each word the probability that it is of one of some classes."""
    return [min(1.0, sum(word.shares[at] for at in members)) for word in words]


def with_case(text: str, words: Sequence[Read], shares: Sequence[float]) -> list[float]:
    """The probabilities of words as parts of names, once case has spoken.

    A text all in capitals or all in lower case says nothing by it.
    """
    if text in (text.lower(), text.upper()):
        return list(shares)
    return [_moved(share, _log_odds(text, word)) for word, share in zip(words, shares, strict=True)]


def _log_odds(text: str, word: Read) -> float:
    written = text[word.start : word.end]
    if written.islower():
        return -SMALL
    if not written[:1].isupper() or written.isupper():
        return 0
    before = text[max(0, word.start - _NEAR) : word.start].rstrip(" \t")
    return CAPITAL if before and before[-1] not in _BEGINNINGS else 0


def _moved(share: float, by: float) -> float:
    if not by:
        return share
    inner = min(max(share, _EDGE), 1 - _EDGE)
    return 1 / (1 + exp(-(log(inner / (1 - inner)) + by)))
