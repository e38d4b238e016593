"""Detectors' examples wait for the text scanner."""

from __future__ import annotations

from collections.abc import Iterator

from epol.compiler.pipeline import Compiled
from epol.lang import ast
from epol.lang.diagnostics import Diagnostic, Severity, define

EXAMPLES_NOT_RUN = define(
    "examples-not-run",
    "a detector's examples were not tried",
    "Every `example` of a detector must be found and no `counterexample` may be. Trying them "
    "takes the text scanner, which this version does not have yet; until then they are read, "
    "and neither counted as passed nor as failed.",
    severity=Severity.NOTE,
    bad="label staff.badge\nrule r { redact staff }\n"
    'detector badge -> staff.badge { match /EMP-\\d{6}/ example "EMP-004217" }',
    good="label staff.badge\nrule r { redact staff }\n"
    "detector badge -> staff.badge { match /EMP-\\d{6}/ }",
)


def examples_not_run(compiled: Compiled) -> Iterator[Diagnostic]:
    """The detectors of the policy's own files that have examples."""
    for file in compiled.unit.files:
        for node in file.tree.declarations:
            is_own = file is compiled.unit.root or not file.is_standard
            if isinstance(node, ast.Detector) and is_own:
                count = sum(
                    len(item.texts)
                    for item in node.items
                    if isinstance(item, ast.Phrases) and item.keyword != "stopwords"
                )
                if count:
                    plural = "examples" if count > 1 else "example"
                    message = f"{count} {plural} of `{node.name.text}` not tried"
                    why = "the text scanner is not in this version"
                    yield EXAMPLES_NOT_RUN.at(node.name.span, f"{message}: {why}")
