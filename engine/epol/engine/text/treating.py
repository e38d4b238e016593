"""Treated text in which the detectors find nothing more.

Treating can bring something to light: what stood on both sides of a span moves together,
or a value is found only once another one is gone.  So a treated text is scanned again,
until only what treatments themselves wrote is found.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from epol.engine.bundle.findings import Finding
from epol.engine.bundle.treatment import Plan, strictest
from epol.engine.errors import ScanLimitError
from epol.engine.text.scanner import Scanner
from epol.engine.text.treatments.keys import Keys
from epol.engine.text.treatments.regions import Region, Span, regions
from epol.engine.text.treatments.treat import Replaced, treat

MOST_ROUNDS = 8
"""A text that still holds something after so many rounds is refused."""


def treat_text(
    scanner: Scanner, text: str, plan: Plan, keys: Keys, findings: Iterable[Finding] | None = None
) -> str | None:
    """The text as it may go where `plan` leads; None where the whole segment is dropped.

    `findings` are those of this text, if it has been scanned.  Tokens of this session that
    the text holds already stay.  Raises `ScanLimitError` for a text that asks for too much
    work, or that no number of rounds makes clean.
    """
    if findings is None:
        findings = scanner.scan(text).findings
    written = [Range(start, end) for start, end in keys.tokens.find(text)]
    for _ in range(MOST_ROUNDS):
        blocks = _joined(written)
        parts = [r for r in regions(plan, map(_span, findings)) if not _is_written(r, blocks)]
        if not parts:
            return text
        parts = _whole(parts, written)
        treated = treat(text, parts, keys)
        if treated is None:
            return None
        written = _moved(written, parts, treated.replaced)
        text = treated.text
        findings = scanner.scan(text).findings
    raise ScanLimitError("a text still holds what was to be treated after several rounds")


class Range(NamedTuple):
    """Characters `start` up to `end`, written by a treatment."""

    start: int
    end: int


def _span(finding: Finding) -> Span:
    return Span(finding.label, finding.start, finding.end, finding.confidence)


def _joined(written: Iterable[Range]) -> list[Range]:
    """Ranges that touch as one: what spans two of them is written all the same."""
    joined: list[Range] = []
    for each in written:
        if joined and each.start <= joined[-1].end:
            joined[-1] = Range(joined[-1].start, max(joined[-1].end, each.end))
        else:
            joined.append(each)
    return joined


def _is_written(region: Region, blocks: list[Range]) -> bool:
    """Whether treatments wrote all of a region; a generalized value may look like a value."""
    at = bisect_right(blocks, (region.start, region.end)) - 1
    near = blocks[max(0, at) : at + 2]
    return any(each.start <= region.start and region.end <= each.end for each in near)


def _whole(parts: list[Region], written: list[Range]) -> list[Region]:
    """Regions that cut nothing in two that a treatment wrote (half a token is no token)."""
    result: list[Region] = []
    ends = [each.end for each in written]
    for part in parts:
        start, end, detail = part.start, part.end, part.detail
        at = bisect_right(ends, start)
        while at < len(written) and written[at].start < end:
            start, end = min(start, written[at].start), max(end, written[at].end)
            at += 1
        if result and start < result[-1].end:
            last = result.pop()
            start, end = min(start, last.start), max(end, last.end)
            detail = strictest([last.detail, detail])
        result.append(Region(start, end, part.label, detail))
    return result


def _moved(written: list[Range], parts: list[Region], new: Iterable[Replaced]) -> list[Range]:
    """Where in the new text everything stands that treatments wrote, in this round or before.

    Both lists are in order, and `parts` holds or misses what was written, never cuts it.
    """
    moved: list[Range] = []
    at, shift = 0, 0
    for part, replaced in zip(parts, new, strict=True):
        while at < len(written) and written[at].end <= part.start:
            moved.append(Range(written[at].start + shift, written[at].end + shift))
            at += 1
        while at < len(written) and written[at].start < part.end:
            at += 1
        moved.append(Range(replaced.start, replaced.end))
        shift = replaced.end - part.end
    moved += [Range(each.start + shift, each.end + shift) for each in written[at:]]
    return moved
