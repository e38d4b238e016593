"""Spans of words that are of one kind.

A span's confidence is the mean of its words' probabilities, in percent, rounded down.  The
least of them would let one rare part hide a whole name; the greatest would let one common
word carry what stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from epol.engine.models.classifier import Read
from epol.engine.models.evidence import shares_of

CUT = 0.3
"""A word of this probability belongs to a span; whether the span counts is its mean's to say."""

_GAP = re.compile("[ \t.,'\u2019/-]{1,4}")

Near = Callable[[Read, Read], bool]


class Span(NamedTuple):
    """Characters `start` up to `end`, with the confidence in percent."""

    start: int
    end: int
    confidence: int


def spans(text: str, words: Sequence[Read], members: frozenset[int]) -> list[Span]:
    """Spans of some classes, on one line each."""

    def near(one: Read, two: Read) -> bool:
        return bool(_GAP.fullmatch(text, one.end, two.start))

    return list(joined(words, shares_of(words, members), near))


def joined(words: Sequence[Read], shares: Sequence[float], near: Near) -> Iterator[Span]:
    """Runs of words of `CUT` at least that are near each other."""
    run: list[int] = []
    for at, share in enumerate(shares):
        if run and (share < CUT or not near(words[at - 1], words[at])):
            yield from span_of(words, shares, run)
            run = []
        if share >= CUT:
            run.append(at)
    yield from span_of(words, shares, run)


def span_of(words: Sequence[Read], shares: Sequence[float], run: Sequence[int]) -> Iterator[Span]:
    """The span of a run of words, unless it has but one character."""
    if run and words[run[-1]].end - words[run[0]].start > 1:
        mean = sum(shares[at] for at in run) / len(run)
        yield Span(words[run[0]].start, words[run[-1]].end, int(100 * mean))
