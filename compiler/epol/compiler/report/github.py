"""Diagnostics as GitHub workflow commands, which annotate a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from epol.compiler.examine import Examination
from epol.lang.diagnostics import Diagnostic, Severity

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def github(examinations: Sequence[Examination]) -> Iterator[str]:
    """One command a diagnostic."""
    for examination in examinations:
        for diagnostic in examination.diagnostics:
            yield _command(diagnostic)


def _command(diagnostic: Diagnostic) -> str:
    first, last = diagnostic.span.first, diagnostic.span.last
    properties = {
        "file": diagnostic.span.source.name,
        "line": first.line,
        "endLine": last.line,
        "col": first.column,
        "endColumn": last.column,
        "title": diagnostic.name,
    }
    if first.line != last.line:
        del properties["col"], properties["endColumn"]
    shown = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    text = diagnostic.message + (f"\nhelp: {diagnostic.help}" if diagnostic.help else "")
    return f"::{_COMMANDS[diagnostic.severity]} {shown}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
