"""The runs of a body, scanned: what each holds, and which part of it holds that."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from epol.engine.bodies.parts import Piece, Run
from epol.engine.bundle.findings import Finding, RequestScan, Scan
from epol.engine.bundle.textplan import ModelDetectorPlan, TextPlan
from epol.engine.bundle.treatment import Plan
from epol.engine.text.limits import Budget
from epol.engine.text.segments import Segment, together
from epol.engine.text.treatments.keys import Keys

_ESCAPE = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.")


class TextReader(Protocol):
    """What enforcing needs of the text path (`text.service.TextService`)."""

    @property
    def plan(self) -> TextPlan:
        """What is looked for."""
        ...

    @property
    def models(self) -> tuple[ModelDetectorPlan, ...]:
        """The detectors that are models."""
        ...

    def scan(self, text: str, budget: Budget | None = None) -> Scan:
        """What a text holds.  Raises `ScanLimitError`."""
        ...

    def treat(self, text: str, plan: Plan, keys: Keys, findings: Sequence[Finding]) -> str | None:
        """A text treated until nothing more is found; None where it is dropped."""
        ...


def segments_of(runs: Sequence[Run]) -> list[Segment]:
    """The texts of runs with their roles."""
    return [(run.role, run.text) for run in runs]


def read_runs(text: TextReader, runs: Sequence[Run]) -> RequestScan:
    """What runs hold, by the run and by each of its parts.  Raises `ScanLimitError`.

    A span of a part that lies elsewhere in the run's text counts where it lies there, so
    that what both see counts once.
    """
    budget = Budget()
    scans = tuple([_scan(text, run, budget) for run in runs])
    return together(text.plan, segments_of(runs), scans)


def _scan(text: TextReader, run: Run, budget: Budget) -> Scan:
    whole = text.scan(run.text, budget)
    if is_simple(run):
        return whole
    findings = {(f.detector, f.start, f.end): f for f in whole.findings}
    opaque = 0
    for piece in run.pieces:
        own = text.scan(piece.part.text, budget)
        opaque += own.opaque
        for found in own.findings:
            start, end = _to_run(run, piece, found.start, found.end)
            findings.setdefault((found.detector, start, end), found._replace(start=start, end=end))
    ordered = sorted(findings.values(), key=lambda f: (f.start, f.end, f.label, f.detector))
    return Scan(tuple(ordered), whole.signals, max(opaque, whole.opaque))


def is_simple(run: Run) -> bool:
    """Whether a run is one part and nothing else."""
    return len(run.pieces) == 1 and run.pieces[0].end - run.pieces[0].start == len(run.text)


def findings_of(run: Run, scan: Scan) -> Iterator[tuple[Piece, list[Finding]]]:
    """The findings of a run by part, in offsets of the part; what lies in two is in both."""
    if is_simple(run):
        yield run.pieces[0], list(scan.findings)
        return
    for piece in run.pieces:
        own = [
            found._replace(start=start, end=end)
            for found in scan.findings
            if found.start < piece.end and found.end > piece.start
            for start, end in [_to_part(run, piece, found.start, found.end)]
        ]
        yield piece, own


def _to_run(run: Run, piece: Piece, start: int, end: int) -> tuple[int, int]:
    """A range of a part as one of its run."""
    if piece.is_exact:
        return piece.start + start, piece.start + end
    raw = run.text[piece.start : piece.end]
    return piece.start + _escaped(raw, start), piece.start + _escaped(raw, end)


def _to_part(run: Run, piece: Piece, start: int, end: int) -> tuple[int, int]:
    """A range of a run as one of a part, cut to that."""
    low, high = max(start, piece.start) - piece.start, min(end, piece.end) - piece.start
    if piece.is_exact:
        return low, high
    raw = run.text[piece.start : piece.end]
    return _unescaped(raw, low, up=False), _unescaped(raw, high, up=True)


def _escaped(raw: str, at: int) -> int:
    """Where in a JSON string's source a character of the string begins."""
    for escape in _ESCAPE.finditer(raw):
        if escape.start() >= at:
            break
        at += len(escape[0]) - 1
    return at


def _unescaped(raw: str, at: int, *, up: bool) -> int:
    """Which character of a string a place in its source belongs to; within one, or behind it."""
    shift = 0
    for escape in _ESCAPE.finditer(raw):
        if escape.start() >= at:
            break
        if escape.end() > at:
            return escape.start() - shift + up
        shift += len(escape[0]) - 1
    return at - shift
