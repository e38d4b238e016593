"""Spans of words that are of one kind.

A span's confidence is the mean of its words' probabilities, in percent, rounded down.  The
least of them would let one rare part hide a whole name; the greatest would let one common
word carry what stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from epol.engine.models.classifier import Read
from epol.engine.models.evidence import shares_of, with_case
from epol.engine.models.initials import Near, with_initials

CUT = 0.3
"""A word of this probability belongs to a span; whether the span counts is its mean's to say."""

_REPEATED = 4
"""Letters that a part of a name has at least, to be taken for one wherever it stands."""

_ABBREVIATED = 2
"""Letters of a part of a name that a full stop may follow: an initial, `St.`, `Jr.`"""

_IN_ADDRESS = re.compile(r"[\s.,#'’/-]{1,6}")
_IN_NAME = re.compile(r"[ \t.'’-]{0,3}")


class Span(NamedTuple):
    """Characters `start` up to `end`, with the confidence in percent."""

    start: int
    end: int
    confidence: int


def spans(text: str, words: Sequence[Read], members: frozenset[int]) -> list[Span]:
    """Spans of some classes, such as the lines of an address."""

    def near(one: Read, two: Read) -> bool:
        return bool(_IN_ADDRESS.fullmatch(text, one.end, two.start))

    return list(_joined(words, shares_of(words, members), near))


def people(
    text: str, words: Sequence[Read], members: frozenset[int], threshold: int
) -> list[Span]:
    """Names of people, of at least `threshold` percent, and where else their parts stand."""

    def near(one: Read, two: Read) -> bool:
        if not _IN_NAME.fullmatch(text, one.end, two.start):
            return False
        is_stopped = "." in text[one.end : two.start]
        return not is_stopped or one.end - one.start <= _ABBREVIATED

    shares = with_case(text, words, shares_of(words, members))
    shares = with_initials(text, words, shares, near, CUT)
    found = [span for span in _joined(words, shares, near) if span.confidence >= threshold]
    return sorted([*found, *_repeated(text, words, found, near)])


def _joined(words: Sequence[Read], shares: Sequence[float], near: Near) -> Iterator[Span]:
    run: list[int] = []
    for at, share in enumerate(shares):
        if run and (share < CUT or not near(words[at - 1], words[at])):
            yield from _span(words, shares, run)
            run = []
        if share >= CUT:
            run.append(at)
    yield from _span(words, shares, run)


def _span(words: Sequence[Read], shares: Sequence[float], run: Sequence[int]) -> Iterator[Span]:
    """The span of a run of words, unless it has but one character."""
    if run and words[run[-1]].end - words[run[0]].start > 1:
        mean = sum(shares[at] for at in run) / len(run)
        yield Span(words[run[0]].start, words[run[-1]].end, int(100 * mean))


def _repeated(
    text: str, words: Sequence[Read], found: Sequence[Span], near: Near
) -> Iterator[Span]:
    """Where parts of names that were found stand again, written alike.

    What is a name in one sentence is one in the next, where the model may see less of it.
    """
    known: dict[str, int] = {}
    elsewhere: list[Read] = []
    inside = _inside(words, found)
    for word, span in zip(words, inside, strict=True):
        part = text[word.start : word.end]
        if span is None:
            elsewhere.append(word)
        elif len(part) >= _REPEATED and part[0].isupper() and not part.isupper():
            known[part] = max(known.get(part, 0), span.confidence)
    run: list[Read] = []
    for word in elsewhere:
        if run and not near(run[-1], word):
            yield _again(text, run, known)
            run = []
        if text[word.start : word.end] in known:
            run.append(word)
    if run:
        yield _again(text, run, known)


def _inside(words: Sequence[Read], found: Sequence[Span]) -> Iterator[Span | None]:
    """For each word the span that it is in."""
    rest = list(reversed(found))
    for word in words:
        while rest and rest[-1].end <= word.start:
            rest.pop()
        yield rest[-1] if rest and rest[-1].start <= word.start else None


def _again(text: str, run: Sequence[Read], known: Mapping[str, int]) -> Span:
    confidence = min(known[text[word.start : word.end]] for word in run)
    return Span(run[0].start, run[-1].end, confidence)
