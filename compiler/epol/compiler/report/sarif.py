"""Diagnostics as SARIF 2.1.0, for code scanning."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from urllib.parse import quote

from epol.compiler.examine import Examination
from epol.lang.diagnostics import Definition, Diagnostic, Edit, Severity
from epol.lang.source import Span

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def sarif(examinations: Sequence[Examination]) -> dict[str, object]:
    """One run with all files' results."""
    diagnostics = [d for examination in examinations for d in examination.diagnostics]
    used = {d.name: d.definition for d in diagnostics}
    rules = [used[name] for name in sorted(used)]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "epolc",
                        "version": version("epol"),
                        "rules": [_rule(definition) for definition in rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(d, [r.name for r in rules]) for d in diagnostics],
            }
        ],
    }


def _rule(definition: Definition) -> dict[str, object]:
    return {
        "id": definition.name,
        "shortDescription": {"text": definition.summary},
        "fullDescription": {"text": definition.explanation},
        "defaultConfiguration": {"level": _LEVELS[definition.severity]},
    }


def _result(diagnostic: Diagnostic, names: list[str]) -> dict[str, object]:
    text = diagnostic.message + (f"\nHelp: {diagnostic.help}" if diagnostic.help else "")
    return {
        "ruleId": diagnostic.name,
        "ruleIndex": names.index(diagnostic.name),
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": text},
        "locations": [_location(diagnostic.span)],
        "relatedLocations": [
            {**_location(label.span), "message": {"text": label.text}}
            for label in diagnostic.labels
        ],
        **({} if diagnostic.fix is None else {"fixes": [_fix(diagnostic.fix)]}),
    }


def _fix(edit: Edit) -> dict[str, object]:
    replacement = {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
    return {
        "description": {"text": f"write `{edit.text}`" if edit.text else "remove it"},
        "artifactChanges": [
            {"artifactLocation": _artifact(edit.span), "replacements": [replacement]}
        ],
    }


def _location(span: Span) -> dict[str, object]:
    return {"physicalLocation": {"artifactLocation": _artifact(span), "region": _region(span)}}


def _artifact(span: Span) -> dict[str, object]:
    return {"uri": quote(span.source.name)}


def _region(span: Span) -> dict[str, object]:
    return {
        "startLine": span.first.line,
        "startColumn": span.first.column,
        "endLine": span.last.line,
        "endColumn": span.last.column,
    }
