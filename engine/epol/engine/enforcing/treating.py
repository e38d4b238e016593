"""Runs treated by a plan, written into the body that they come from."""

from __future__ import annotations

from collections.abc import Sequence

from epol.engine.bodies.parts import Kind, Part, Piece, Rewriting, Run
from epol.engine.bundle.findings import Finding, Scan
from epol.engine.bundle.treatment import Plan, Treatment
from epol.engine.enforcing.reading import TextReader, findings_of, is_simple
from epol.engine.errors import ScanLimitError
from epol.engine.text.treatments.keys import Keys

_MOST_ROUNDS = 4


def treat_runs(
    text: TextReader,
    runs: Sequence[Run],
    scans: Sequence[Scan],
    plan: Plan,
    keys: Keys,
    rewriting: Rewriting,
) -> bool:
    """Write every part of some runs as a plan treats it.  Whether a key was one of them.

    Raises `ScanLimitError` where treating comes to no end.
    """
    is_key = False
    for run, scan in zip(runs, scans, strict=True):
        if _asks(plan, scan.findings):
            new = treated(text, run, scan, plan, keys)
            for part, value in new.items():
                if value != part.text:
                    rewriting.put(part, value)
                    is_key = is_key or part.kind is Kind.KEY
    return is_key


def _asks(plan: Plan, findings: Sequence[Finding]) -> bool:
    return any(
        found.label in plan and plan[found.label].treatment != Treatment.KEEP for found in findings
    )


def treated(
    text: TextReader, run: Run, scan: Scan, plan: Plan, keys: Keys
) -> dict[Part, str | None]:
    """The parts of a run as they may go where a plan leads; None is dropped."""
    new: dict[Part, str | None] = {}
    for piece, findings in findings_of(run, scan):
        own = piece.part.text
        new[piece.part] = text.treat(own, plan, keys, findings) if findings else own
    if not is_simple(run) and all(piece.is_exact for piece in run.pieces) and _abut(run):
        _separate(text, run, plan, keys, new)
    return new


def _abut(run: Run) -> bool:
    """Whether nothing stands between the parts of a run."""
    return sum(piece.end - piece.start for piece in run.pieces) == len(run.text)


def _separate(
    text: TextReader, run: Run, plan: Plan, keys: Keys, new: dict[Part, str | None]
) -> None:
    """Treat what is found across the boundaries of parts until nothing is.

    Treating moves together what stood apart, as within one part.
    """
    for _ in range(_MOST_ROUNDS):
        again = _rejoined(run, new)
        found = [f for f in text.scan(again.text).findings if _crosses(again, f)]
        written = list(keys.tokens.find(again.text))
        found = [f for f in found if not any(s <= f.start and f.end <= e for s, e in written)]
        if not _asks(plan, found):
            return
        for piece, own in findings_of(again, Scan(tuple(found))):
            if own:
                new[_original(run, again, piece)] = text.treat(piece.part.text, plan, keys, own)
    raise ScanLimitError("parts of a text still hold what was to be treated after several rounds")


def _rejoined(run: Run, new: dict[Part, str | None]) -> Run:
    pieces: list[Piece] = []
    at = 0
    for piece in run.pieces:
        own = new[piece.part] or ""
        part = Part(piece.part.source, piece.part.node, own, Kind.STRING)
        pieces.append(Piece(part, at, at + len(own)))
        at += len(own)
    return Run(run.role, "".join([piece.part.text for piece in pieces]), tuple(pieces))


def _original(run: Run, again: Run, piece: Piece) -> Part:
    return run.pieces[again.pieces.index(piece)].part


def _crosses(run: Run, found: Finding) -> bool:
    return any(found.start < piece.end < found.end for piece in run.pieces)
