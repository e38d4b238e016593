"""Names of people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from epol.engine.models.classifier import Read
from epol.engine.models.evidence import shares_of, with_case
from epol.engine.models.initials import with_initials
from epol.engine.models.spans import CUT, Near, Span, joined

_REPEATED = 4
"""Letters that a part of a name has at least, to be taken for one wherever it stands."""

_ABBREVIATED = 2
"""Letters of a part of a name that a full stop may follow: an initial, `St.`, `Jr.`"""

_GAP = re.compile("[ \t.'\u2019-]{0,3}")


def people(text: str, words: Sequence[Read], members: frozenset[int], threshold: int) -> list[Span]:
    """Names of people, of at least `threshold` percent, and where else their parts stand."""

    def near(one: Read, two: Read) -> bool:
        if not _GAP.fullmatch(text, one.end, two.start):
            return False
        is_stopped = "." in text[one.end : two.start]
        return not is_stopped or one.end - one.start <= _ABBREVIATED

    shares = with_case(text, words, shares_of(words, members))
    shares = with_initials(text, words, shares, near, CUT)
    found = [span for span in joined(words, shares, near) if span.confidence >= threshold]
    return sorted([*found, *_repeated(text, words, found, near)])


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
