"""Diagnostics as the JSON of interfaces.md."""

from __future__ import annotations

from collections.abc import Sequence

from epol.compiler.examine import Examination
from epol.compiler.testing import PASSED
from epol.lang.diagnostics import Diagnostic, Severity
from epol.lang.source import Position, Span


def json(examinations: Sequence[Examination]) -> dict[str, object]:
    """One object for all files."""
    outcomes = [outcome for examination in examinations for outcome in examination.tests]
    return {
        "version": 1,
        "diagnostics": [_diagnostic(d) for e in examinations for d in e.diagnostics],
        "claims": [
            {
                "name": claim.name,
                "file": claim.file,
                "outcome": claim.outcome,
                "milliseconds": claim.milliseconds,
            }
            for examination in examinations
            for claim in examination.claims
        ],
        "analyses": [
            {
                "name": analysis.name,
                "file": examination.path,
                "outcome": analysis.outcome,
                "milliseconds": analysis.milliseconds,
            }
            for examination in examinations
            for analysis in examination.analyses
        ],
        "tests": [
            {"name": o.test.title, "file": o.test.span.source.name, "outcome": o.status}
            for o in outcomes
        ],
        "summary": {
            "files": len(examinations),
            **{f"{s}s": sum(e.count(s) for e in examinations) for s in Severity},
            "claims_proved": sum(c.outcome == "proved" for e in examinations for c in e.claims),
            "claims": sum(len(examination.claims) for examination in examinations),
            "tests_passed": sum(outcome.status == PASSED for outcome in outcomes),
            "tests": len(outcomes),
        },
    }


def _diagnostic(diagnostic: Diagnostic) -> dict[str, object]:
    return {
        "name": diagnostic.name,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        "file": diagnostic.span.source.name,
        "span": span_json(diagnostic.span),
        "labels": [
            {"file": label.span.source.name, "span": span_json(label.span), "text": label.text}
            for label in diagnostic.labels
        ],
        "help": diagnostic.help,
        "witness": diagnostic.witness,
    }


def span_json(span: Span) -> dict[str, object]:
    """Start and end, lines and columns from 1, offsets in code points from 0."""
    return {"start": _position(span.first), "end": _position(span.last)}


def _position(position: Position) -> dict[str, int]:
    return {"line": position.line, "column": position.column, "offset": position.offset}
