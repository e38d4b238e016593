"""What `epolc scan` says of a file, for people and as JSON.  Never the text that was found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from epol.compiler.scan_file import FileScan, Placed

OPAQUE = "holds what no detector can read, encoded too deep or no text at all (request.opaque)"


def human(scan: FileScan, *, explain: bool) -> Iterator[str]:
    """A line a finding: `notes.txt:3:14: phi.mrn (mrn, 80 %)`."""
    for placed in scan.findings:
        found = placed.finding
        place = f"{scan.name}:{placed.line}:{placed.column}"
        yield f"{place}: {found.label} ({found.detector}, {found.confidence} %)"
        if explain:
            yield from (f"    {line}" for line in _why(placed))
    if scan.opaque:
        yield f"{scan.name}: {OPAQUE}"


def _why(placed: Placed) -> Iterator[str]:
    found = placed.finding
    yield f"characters {found.start} to {found.end}, seen in the {found.view} text"
    if found.checks:
        yield f"passed {', '.join(found.checks)}"
    for phrase in found.near:
        yield f"near “{phrase}”"


def json_object(scan: FileScan, treated: str | None, *, explain: bool) -> dict[str, Any]:
    """The object of interfaces.md; `--explain` adds why to each finding."""
    return {
        "file": scan.name,
        "findings": [_finding(placed, explain=explain) for placed in scan.findings],
        "treated": treated,
        "opaque": scan.opaque,
    }


def _finding(placed: Placed, *, explain: bool) -> dict[str, Any]:
    found = placed.finding
    shown: dict[str, Any] = {
        "label": found.label,
        "detector": found.detector,
        "start": found.start,
        "end": found.end,
        "confidence": found.confidence,
        "view": found.view,
    }
    if explain:
        shown |= {
            "line": placed.line,
            "column": placed.column,
            "checks": list(found.checks),
            "near": list(found.near),
        }
    return shown
