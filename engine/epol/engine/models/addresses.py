"""Addresses: lines of several parts, on one line or on more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from epol.engine.models.classifier import Read
from epol.engine.models.evidence import shares_of
from epol.engine.models.spans import CUT, Span, span_of

BETWEEN = 2
"""Words that the model does not know may stand between two parts: a village, `c/o`."""

_GAP = re.compile("[\\s.,#'\u2019/|()-]{0,40}")


def addresses(
    text: str, words: Sequence[Read], members: frozenset[int], lines: frozenset[int]
) -> list[Span]:
    """Blocks of words of some classes that have parts of two classes, one of them in `lines`.

    A number alone, or a town alone, is no address.
    """
    shares = shares_of(words, members)
    found: list[Span] = []
    for run in _blocks(text, words, shares):
        kinds = {_kind(words[at], members) for at in run}
        if len(kinds) > 1 and kinds & lines:
            found += span_of(words, shares, run)
    return found


def _kind(word: Read, members: frozenset[int]) -> int:
    return max(sorted(members), key=lambda at: word.shares[at])


def _blocks(text: str, words: Sequence[Read], shares: Sequence[float]) -> Iterator[list[int]]:
    run: list[int] = []
    for at, share in enumerate(shares):
        if share < CUT:
            continue
        if run and not _belongs(text, words, run[-1], at):
            yield run
            run = []
        run.append(at)
    if run:
        yield run


def _belongs(text: str, words: Sequence[Read], one: int, two: int) -> bool:
    """Whether two words are of one block: near, with nothing between but a name or a number."""
    return two - one <= BETWEEN + 1 and all(
        _is_near(text, words[at], words[at + 1])
        and (at == one or text[words[at].start].isupper() or text[words[at].start].isdigit())
        for at in range(one, two)
    )


def _is_near(text: str, one: Read, two: Read) -> bool:
    # A single letter that begins a line marks an item of a list.
    is_item = "\n" in text[one.end : two.start] and two.end - two.start == 1
    return bool(_GAP.fullmatch(text, one.end, two.start)) and not (
        is_item and text[two.start].isalpha()
    )
