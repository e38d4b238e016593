"""Diagnostics for people: source, carets, help, and one line that sums up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from epol.compiler.examine import Examination
from epol.compiler.testing import PASSED
from epol.lang.diagnostics import Severity
from epol.lang.render import Line, render


def human(examinations: Sequence[Examination]) -> Iterator[Line]:
    """All lines, styled."""
    for examination in examinations:
        for diagnostic in examination.diagnostics:
            yield from render(diagnostic)
            yield []
    yield [(summary(examinations), "text")]


def summary(examinations: Sequence[Examination]) -> str:
    """How many files, findings, claims and tests there were."""
    parts = [_plural(len(examinations), "file")]
    for severity in Severity:
        count = sum(examination.count(severity) for examination in examinations)
        if count or severity == Severity.ERROR:
            parts.append(_plural(count, severity))
    claims = [claim for examination in examinations for claim in examination.claims]
    if claims:
        proved = sum(claim.outcome == "proved" for claim in claims)
        parts.append(f"{proved} of {_plural(len(claims), 'claim')} proved")
    tests = [outcome for examination in examinations for outcome in examination.tests]
    if tests:
        passed = sum(outcome.status == PASSED for outcome in tests)
        parts.append(f"{passed} of {_plural(len(tests), 'test')} passed")
    return ", ".join(parts)


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
