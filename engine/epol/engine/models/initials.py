"""Initials in names: `Faina D. Yefremova`, where the model knows `Faina` alone."""

from __future__ import annotations

from collections.abc import Sequence

from epol.engine.models.classifier import Read
from epol.engine.models.spans import Near


def with_initials(
    text: str, words: Sequence[Read], shares: Sequence[float], near: Near, cut: float
) -> list[float]:
    """The probabilities, with those of single letters between words drawn from both sides.

    Between two parts of a name a letter is one too.  Between a part of a name and another
    word, all three with a capital, letter and word are as sure as that part.
    """
    result = list(shares)
    for at in range(1, len(words) - 1):
        before, letter, behind = words[at - 1 : at + 2]
        if letter.end - letter.start > 1 or not near(before, letter) or not near(letter, behind):
            continue
        sides = result[at - 1], result[at + 1]
        if min(sides) >= cut:
            result[at] = max(result[at], min(sides))
        elif max(sides) >= cut and all(text[w.start].isupper() for w in (before, letter, behind)):
            result[at - 1 : at + 2] = [max(*sides, result[at])] * 3
    return result
