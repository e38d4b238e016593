"""Runs treated by a plan, written into the body that they come from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from epol.engine.bodies.parts import Part, Run
from epol.engine.bodies.rewriting import Rewriting
from epol.engine.bundle.findings import Finding, Scan
from epol.engine.bundle.treatment import Detail, Plan, Treatment
from epol.engine.enforcing.reading import TextReader, findings_of, touched
from epol.engine.errors import ScanLimitError
from epol.engine.text.treatments.keys import Keys

_MOST_ROUNDS = 4
_REDACTED = Detail(Treatment.REDACT)


def treat_runs(
    text: TextReader,
    runs: Sequence[Run],
    scans: Sequence[Scan],
    plan: Plan,
    keys: Keys,
    rewriting: Rewriting,
) -> None:
    """Write every part of some runs as a plan treats it.

    Raises `ScanLimitError` where treating comes to no end.
    """
    pairs = zip(runs, scans, strict=True)
    asking = [(run, scan) for run, scan in pairs if _asks(plan, scan.findings)]
    plan = _with_hidden(text, plan, scans) if asking else plan
    for run, scan in asking:
        for part, value in treated(text, run, scan, plan, keys).items():
            if value != part.text:
                rewriting.put(part, value)


def _with_hidden(text: TextReader, plan: Plan, scans: Sequence[Scan]) -> Plan:
    """A plan, with what is done with labels that no text had before another one was treated.

    The decision did not know of them, so that its plan says nothing about them.  They are
    redacted, whatever it would have said.
    """
    found = {finding.label for scan in scans for finding in scan.findings}
    hidden = {each.label for each in text.plan.detectors} - found - plan.keys()
    return {**dict.fromkeys(hidden, _REDACTED), **plan}


def _asks(plan: Plan, findings: Sequence[Finding]) -> bool:
    return any(
        found.label in plan and plan[found.label].treatment != Treatment.KEEP for found in findings
    )


def treated(
    text: TextReader, run: Run, scan: Scan, plan: Plan, keys: Keys
) -> dict[Part, str | None]:
    """The parts of a run as they may go where a plan leads; None is dropped."""
    found = findings_of(run, scan)
    new = [text.treat(p.part.text, plan, keys, own) if own else p.part.text for p, own in found]
    if not run.is_simple:
        _separate(text, run, plan, keys, new)
    return {piece.part: text for piece, text in zip(run.pieces, new, strict=True)}


def _separate(text: TextReader, run: Run, plan: Plan, keys: Keys, new: list[str | None]) -> None:
    """Treat what is found across the boundaries of parts until nothing is.

    Treating moves together what stood apart, as within one part.
    """
    for _ in range(_MOST_ROUNDS):
        parts = [replace(p.part, text=own or "") for p, own in zip(run.pieces, new, strict=True)]
        again = run.rewritten(parts)
        found = [f for f in text.scan(again.text).findings if len(touched(again, f)) > 1]
        found = _unwritten(found, list(keys.tokens.find(again.text)) if found else [])
        if not _asks(plan, found):
            return
        for at, (piece, own) in enumerate(findings_of(again, Scan(tuple(found)))):
            if own:
                new[at] = text.treat(piece.part.text, plan, keys, own)
    raise ScanLimitError("parts of a text still hold what was to be treated after several rounds")


def _unwritten(found: Sequence[Finding], written: Sequence[tuple[int, int]]) -> list[Finding]:
    """The findings that are not in what treating has written, which is in order."""
    starts = [start for start, _ in written]
    kept: list[Finding] = []
    for each in found:
        at = bisect_right(starts, each.start) - 1
        if at < 0 or written[at][1] < each.end:
            kept.append(each)
    return kept
