"""What a model finds beside what patterns and words find.

Deterministic detectors win: where both cover a character, it is theirs.  What is left of the
model's span stays one, cut back to letters and digits, because a pattern that knows half of
an address does not make the other half public.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from epol.engine.bundle.findings import Finding

_LEAST = 2
"""Characters that a part is left with, to be worth a finding."""


def trimmed(text: str, found: Iterable[Finding], surer: Iterable[Finding]) -> Iterator[Finding]:
    """The findings of models without the characters that surer ones have."""
    taken = sorted((each.start, each.end) for each in surer)
    for each in found:
        start = each.start
        for low, high in taken:
            if high <= start or low >= each.end:
                continue
            yield from _part(text, each, start, low)
            start = max(start, high)
        yield from _part(text, each, start, each.end)


def _part(text: str, whole: Finding, start: int, end: int) -> Iterator[Finding]:
    if (start, end) != (whole.start, whole.end):
        while start < end and not text[start].isalnum():
            start += 1
        while start < end and not text[end - 1].isalnum():
            end -= 1
    if end - start >= _LEAST:
        yield replace(whole, start=start, end=end)
