"""From the spans of a text to regions that lie apart, each with the one treatment it gets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from epol.engine.bundle.treatment import Detail, Plan, Treatment, strictest


class Span(NamedTuple):
    """Characters `start` up to `end` of a text, found to be of a label.

    `confidence` is in percent.
    """

    label: str
    start: int
    end: int
    confidence: int = 100


class Region(NamedTuple):
    """Characters `start` up to `end` of a text, treated as one under a label's name."""

    start: int
    end: int
    label: str
    detail: Detail


_Found = tuple[Span, Detail]


def regions(plan: Plan, spans: Iterable[Span]) -> list[Region]:
    """The treated spans, joined where they share a character, in the text's order.

    Labels that the plan keeps join nothing.  Spans that only touch stay apart.  Raises
    ValueError for a span that is no range of characters.
    """
    joined: list[Region] = []
    group: list[_Found] = []
    end = 0
    for span, detail in _in_order(plan, spans):
        if group and span.start >= end:
            joined.append(_join(group, end))
            group = []
        end = max(end, span.end)
        group.append((span, detail))
    if group:
        joined.append(_join(group, end))
    return joined


def _in_order(plan: Plan, spans: Iterable[Span]) -> list[_Found]:
    """The spans that are not kept, by place."""
    found: list[_Found] = []
    for span in spans:
        if not 0 <= span.start <= span.end:
            raise ValueError(f"a span from {span.start} to {span.end} is no range of characters")
        detail = plan.get(span.label)
        if detail is not None and detail.treatment != Treatment.KEEP:
            found.append((span, detail))
    found.sort(key=lambda each: (each[0].start, each[0].end))
    return found


def _join(group: list[_Found], end: int) -> Region:
    """The region of spans that hang together, the first of them leftmost, up to `end`."""
    if len(group) == 1:
        ((span, detail),) = group
        return Region(span.start, end, span.label, detail)
    name = min(_rank(span) for span, _ in group)[-1]
    # A label has one detail, however many spans it has here.
    details = {span.label: detail for span, detail in group}
    return Region(group[0][0].start, end, name, strictest(details.values()))


def _rank(span: Span) -> tuple[int, int, str]:
    """What orders the labels of a region: the surest, then the longest, then by name."""
    return -span.confidence, span.start - span.end, span.label
