"""Windows over a text that is longer than a model reads at once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from epol.engine.models.tokenizer import Word


class Window(NamedTuple):
    """Tokens `start` up to `end` are read together; those from `low` up to `high` count."""

    start: int
    end: int
    low: int
    high: int


def windows(text: str, words: Sequence[Word], size: int, enough: int, overlap: int) -> list[Window]:
    """Windows of at most `size` tokens, which together count every token once.

    A window ends at the first end of a sentence or paragraph behind `enough` tokens, since the
    model knows single sentences best.  Where there is none, it shares about `overlap` tokens
    with the next one; the first half of them counts in the one and the rest in the other, so
    that no token is read at an edge.  Windows begin at words; a word that is longer is cut.
    """
    count = words[-1].behind if words else 0
    firsts = [word.first for word in words]
    ends = _ends(text, words)
    result: list[Window] = []
    start, low = 0, 0
    while start < count:
        end = min(start + size, count)
        at = bisect_left(ends, max(start + enough, low + 1))
        if at < len(ends) and ends[at] <= end:
            end = following = high = ends[at]
        elif end == count:
            following = high = end
        else:
            following = max(start + 1, _word_at(firsts, end - overlap))
            high = min(end, max(low + 1, following, _word_at(firsts, end - overlap // 2)))
        result.append(Window(start, end, low, high))
        start, low = following, high
    return result


def _ends(text: str, words: Sequence[Word]) -> list[int]:
    """The tokens behind which a sentence or a paragraph ends."""
    ends: list[int] = []
    for word, after in pairwise(words):
        last = text[word.start : word.end]
        gap = text[word.end : after.start]
        if last in _STOPS_ALONE or (gap and last in _STOPS) or "\n\n" in gap:
            ends.append(word.behind)
    return ends


_STOPS = {".", "!", "?"}
_STOPS_ALONE = {"\u3002", "\uff01", "\uff1f"}
"""The ideographic full stop, and the wide marks, behind which no space stands."""


def _word_at(firsts: Sequence[int], token: int) -> int:
    """The first token of the word that has a token."""
    return firsts[bisect_right(firsts, token) - 1]
