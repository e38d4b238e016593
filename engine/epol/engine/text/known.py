"""What a text holds because a token in it was turned back, whatever the patterns say of it.

A pattern may ask for words beside a value, or for its edges; a model that writes a token somewhere
else, or glues letters to it, would keep the original from being found.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable

from epol.engine.bundle.findings import Finding
from epol.engine.text.restoring import Original

DETECTOR = "token"
"""What such a finding has in place of a detector's name."""

_CERTAIN = 100


def findings_of(
    originals: Iterable[Original], labels: Collection[str], offset: int = 0
) -> list[Finding]:
    """Originals of some labels as findings."""
    return [
        Finding(each.label, DETECTOR, each.start + offset, each.end + offset, _CERTAIN)
        for each in originals
        if each.label in labels
    ]


def with_known(found: Iterable[Finding], known: Iterable[Finding]) -> list[Finding]:
    """What was found, and of what is known that of which nothing was found; in order."""
    all_found = list(found)
    spans: dict[str, list[tuple[int, int]]] = {}
    for start, end, label in sorted((f.start, f.end, f.label) for f in all_found):
        mine = spans.setdefault(label, [])
        if mine and start < mine[-1][1]:
            mine[-1] = mine[-1][0], max(mine[-1][1], end)
        else:
            mine.append((start, end))
    all_found += [each for each in known if not _overlaps(spans.get(each.label, []), each)]
    return sorted(all_found, key=lambda f: (f.start, f.end, f.label, f.detector))


def _overlaps(spans: list[tuple[int, int]], known: Finding) -> bool:
    """Whether some span, which are in order and apart, has a character of a finding."""
    at = bisect_left(spans, (known.end, 0)) - 1
    return at >= 0 and spans[at][1] > known.start
