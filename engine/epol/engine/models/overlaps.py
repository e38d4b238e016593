"""What a model finds beside what patterns and words find.

Deterministic detectors win: where both cover a character, it is theirs.  What is left of the
model's span stays one, cut back to letters and digits, because a pattern that knows half of
a line does not make the other half public.

A span that has more of the same thing stays whole: a pattern that finds `12 Main Street` of a
label does not cut the model's `12 Main Street, Springfield` of that label, or of one below.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from epol.engine.bundle.findings import Finding

_LEAST = 2
"""Characters that a part is left with, to be worth a finding."""


def trimmed(text: str, found: Iterable[Finding], surer: Iterable[Finding]) -> Iterator[Finding]:
    """The findings of models without the characters that surer ones have."""
    in_order = sorted(surer, key=lambda each: (each.start, each.end))
    for each in found:
        start = each.start
        for low, high in ((s.start, s.end) for s in in_order if not _has_more(each, s)):
            if high <= start or low >= each.end:
                continue
            yield from _part(text, each, start, low)
            start = max(start, high)
        yield from _part(text, each, start, each.end)


def _has_more(found: Finding, surer: Finding) -> bool:
    """Whether a model's span is a longer one of the same label, or of one above or below."""
    one, two = f"{found.label}.", f"{surer.label}."
    length = found.end - found.start
    return (
        (one.startswith(two) or two.startswith(one))
        and found.start <= surer.start
        and surer.end <= found.end
        and length > surer.end - surer.start
    )


def _part(text: str, whole: Finding, start: int, end: int) -> Iterator[Finding]:
    if (start, end) != (whole.start, whole.end):
        while start < end and not text[start].isalnum():
            start += 1
        while start < end and not text[end - 1].isalnum():
            end -= 1
    if end - start >= _LEAST:
        yield whole._replace(start=start, end=end)
