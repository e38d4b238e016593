"""What was found out about a policy, as its bundle records it.

No time is in it, and no path: two builds of one policy give one record.
"""

from __future__ import annotations

from collections.abc import Mapping

from epol.compiler.examine import Examination
from epol.compiler.testing import PASSED
from epol.engine.bundle.record import Claim, Finding, Record
from epol.lang.diagnostics import Diagnostic


def record_of(examination: Examination, names: Mapping[str, str]) -> Record:
    """The record of an examination; `names` are the files' names in the bundle."""
    return Record(
        findings=tuple(_finding(each, names) for each in examination.diagnostics),
        claims=tuple(Claim(each.name, each.outcome) for each in examination.claims),
        tests=len(examination.tests),
        tests_passed=sum(each.status == PASSED for each in examination.tests),
    )


def _finding(diagnostic: Diagnostic, names: Mapping[str, str]) -> Finding:
    first = diagnostic.span.first
    return Finding(
        diagnostic.name,
        str(diagnostic.severity),
        diagnostic.message,
        names[diagnostic.span.source.name],
        first.line,
        first.column,
    )
