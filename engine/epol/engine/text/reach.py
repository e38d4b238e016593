"""How far apart two places of a text may be and still decide about each other.

A match, its boundaries and the words around it lie within the reach of its detector.  So what
stands further away than the reach has no say, and a text can be judged before all of it is there.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache

from epol.engine.bundle.textplan import DetectorPlan, TextPlan
from epol.engine.text.context import Context
from epol.engine.text.limits import MAX_SPAN
from epol.engine.text.views import undone
from epol.engine.text.views.table import fold_table
from epol.engine.text.views.triggers import hints

MAX_EXPANSION = 16
"""Text that is escaped, encoded or padded with what no one sees is longer than it reads; more
than so many times as long is not waited for."""

_BESIDE = 2  # the character on each side of a match, which a boundary asks about


def reach(plan: TextPlan, labels: Collection[str] | None = None) -> int:
    """Characters within which everything lies that decides about a span of some labels, or of any.

    0 where nothing looks for them.  A pattern without bound counts as `MAX_SPAN`, beyond which
    the scanner does not look either.
    """
    chosen = (each for each in plan.detectors if labels is None or each.label in labels)
    return max(map(_reach_of, chosen), default=0)


def _reach_of(detector: DetectorPlan) -> int:
    # A match is given in bytes, of which a character takes one at least.
    longest = max(MAX_SPAN if r.reach is None else r.reach for r in detector.regexes)
    context = max((Context(near).margin for near in detector.near), default=0)
    return longest + context + _BESIDE


def length_of(text: str, wanted: int) -> int | None:
    """How many characters at the end of a text read as so many; None if all of it does not.

    That is `wanted` itself, but in text with escapes, encodings or characters that no one sees.
    There the result is good enough for a bound, not the least.
    """
    if len(text) < wanted:
        return None
    if wanted == 0 or reads_as_it_stands(text[-wanted:]):
        return wanted
    length = wanted
    while length < min(len(text), MAX_EXPANSION * wanted):
        length = min(2 * length, len(text), MAX_EXPANSION * wanted)
        if len(undone(text[-length:]).text) >= wanted:
            return length
    return length if length == MAX_EXPANSION * wanted else None


def reads_as_it_stands(text: str) -> bool:
    """Whether no character of a text may vanish or be part of something longer."""
    if not text.isascii() and _vanishing().search(text):
        return False
    _, *others = hints(text)
    return not any(others)


@cache
def _vanishing() -> re.Pattern[str]:
    """Characters that folding deletes, marks among them."""
    table = fold_table()
    ranges = (f"{re.escape(chr(a))}-{re.escape(chr(b))}" for a, b in table.dropped + table.marks)
    return re.compile(f"[{''.join(ranges)}]")
