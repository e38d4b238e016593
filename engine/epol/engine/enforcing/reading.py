"""The runs of a body, scanned: what each holds, and which part of it holds that."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Protocol

from epol.engine.bodies.numbers import is_long
from epol.engine.bodies.parts import Piece, Run
from epol.engine.bundle.findings import Finding, RequestScan, Scan
from epol.engine.bundle.textplan import ModelDetectorPlan, TextPlan
from epol.engine.bundle.treatment import Plan
from epol.engine.text.known import with_known
from epol.engine.text.limits import Budget
from epol.engine.text.segments import Segment, together
from epol.engine.text.treatments.keys import Keys


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

    def reach(self, labels: Collection[str]) -> int:
        """Characters within which everything lies that decides about a span of some labels."""
        ...

    def scan(self, text: str, budget: Budget | None = None) -> Scan:
        """What a text holds.  Raises `ScanLimitError`."""
        ...

    def treat(self, text: str, plan: Plan, keys: Keys, findings: Iterable[Finding]) -> str | None:
        """A text treated until nothing more is found; None where it is dropped."""
        ...


def segments_of(runs: Sequence[Run]) -> list[Segment]:
    """The texts of runs with their roles."""
    return [(run.role, run.text) for run in runs]


def read_runs(
    text: TextReader, runs: Sequence[Run], known: Sequence[Sequence[Finding]] = ()
) -> RequestScan:
    """What runs hold, by the run and by each of its parts.  Raises `ScanLimitError`.

    `known` is what else is in each run.

    A span of a part that lies elsewhere in the run's text counts where it lies there, so
    that what both see counts once.
    """
    budget = Budget()
    scans = tuple([_scan(text, run, budget) for run in runs])
    if any(known):
        both = zip(scans, known, strict=True)
        scans = tuple(replace(s, findings=tuple(with_known(s.findings, k))) for s, k in both)
    return together(text.plan, segments_of(runs), scans)


def _scan(text: TextReader, run: Run, budget: Budget) -> Scan:
    whole = text.scan(run.text, budget)
    if run.is_simple:
        return whole
    findings = {(f.detector, f.start, f.end): f for f in whole.findings}
    opaque = 0
    for piece in run.pieces:
        part = piece.part
        if part.is_string or is_long(part.text):
            own = text.scan(part.text, budget)
            opaque += own.opaque
            for found in own.findings:
                start, end = piece.start + found.start, piece.start + found.end
                findings.setdefault(
                    (found.detector, start, end), found._replace(start=start, end=end)
                )
    ordered = sorted(findings.values(), key=lambda f: (f.start, f.end, f.label, f.detector))
    return Scan(tuple(ordered), whole.signals, max(opaque, whole.opaque))


def findings_of(run: Run, scan: Scan) -> list[tuple[Piece, list[Finding]]]:
    """The findings of a run by part, in offsets of the part; what lies in two is in both."""
    if run.is_simple:
        return [(run.pieces[0], list(scan.findings))]
    own: list[list[Finding]] = [[] for _ in run.pieces]
    for found in scan.findings:
        for at in touched(run, found):
            piece = run.pieces[at]
            low, high = max(found.start, piece.start), min(found.end, piece.end)
            own[at].append(found._replace(start=low - piece.start, end=high - piece.start))
    return list(zip(run.pieces, own, strict=True))


def touched(run: Run, found: Finding) -> list[int]:
    """The places of the parts in which a finding lies."""
    first = bisect_right(run.pieces, found.start, key=_end)
    last = bisect_left(run.pieces, found.end, lo=first, key=_start)
    return [at for at in range(first, last) if run.pieces[at].part.text]


_start, _end = attrgetter("start"), attrgetter("end")
