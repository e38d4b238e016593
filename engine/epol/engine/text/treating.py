"""Treated text in which the detectors find nothing more.

Treating can bring something to light: what stood on both sides of a span moves together,
or a value is found only once another one is gone.  So a treated text is scanned again,
until only what treatments themselves wrote is found.
"""

from __future__ import annotations

from collections.abc import Iterable

from epol.engine.bundle.findings import Finding
from epol.engine.errors import ScanLimitError
from epol.engine.text.limits import Budget
from epol.engine.text.scanner import Scanner
from epol.engine.text.treatments.keys import Keys
from epol.engine.bundle.treatment import Plan, strictest
from epol.engine.text.treatments.regions import Region, Span, regions
from epol.engine.text.treatments.treat import Replaced, treat

MOST_ROUNDS = 8
"""A text that still holds something after so many rounds is refused."""


def treat_text(
    scanner: Scanner, text: str, plan: Plan, keys: Keys, findings: Iterable[Finding] | None = None
) -> str | None:
    """The text as it may go where `plan` leads; None where the whole segment is dropped.

    `findings` are those of this text, if it has been scanned.  Raises `ScanLimitError`
    for a text that asks for too much work, or that no number of rounds makes clean.
    """
    budget = Budget()
    if findings is None:
        findings = scanner.scan(text, budget).findings
    written: tuple[Replaced, ...] = ()
    for _ in range(MOST_ROUNDS):
        parts = [
            region
            for region in regions(plan, map(_span, findings))
            if not _is_written(region, written)
        ]
        if not parts:
            return text
        parts = _whole(parts, written)
        treated = treat(text, parts, keys)
        if treated is None:
            return None
        written = _moved(written, parts, treated.replaced)
        text = treated.text
        findings = scanner.scan(text, budget).findings
    raise ScanLimitError("a text still holds what was to be treated after several rounds")


def _span(finding: Finding) -> Span:
    return Span(finding.label, finding.start, finding.end, finding.confidence)


def _is_written(region: Region, written: tuple[Replaced, ...]) -> bool:
    """Whether treatments wrote all of a region; a generalized value may look like a value."""
    return any(each.start <= region.start and region.end <= each.end for each in written)


def _whole(parts: Iterable[Region], written: Iterable[Replaced]) -> list[Region]:
    """Regions that cut nothing in two that a treatment wrote (half a token is no token)."""
    result: list[Region] = []
    for part in sorted(parts, key=lambda region: region.start):
        touched = [w for w in written if w.start < part.end and part.start < w.end]
        start = min([part.start, *(w.start for w in touched)])
        end = max([part.end, *(w.end for w in touched)])
        detail = part.detail
        if result and start < result[-1].end:
            last = result.pop()
            start, end = min(start, last.start), max(end, last.end)
            detail = strictest([last.detail, detail])
        result.append(Region(start, end, part.label, detail))
    return result


def _moved(
    written: Iterable[Replaced], parts: list[Region], new: tuple[Replaced, ...]
) -> tuple[Replaced, ...]:
    """Where in the new text everything stands that treatments wrote, in this round or before."""
    kept: list[Replaced] = []
    for each in written:
        shift = 0
        for part, replaced in zip(parts, new, strict=True):
            if part.start <= each.start and each.end <= part.end:
                break
            if part.end <= each.start:
                shift = replaced.end - part.end
        else:
            kept.append(Replaced(each.start + shift, each.end + shift, each.treatment))
    return tuple(sorted((*kept, *new)))
