"""A detector looks for something that no rule asks about."""

from __future__ import annotations

from collections.abc import Iterator

from epol.compiler.analysing import Known
from epol.compiler.labels_used import labels_named
from epol.compiler.pipeline import Compiled
from epol.compiler.resolve.loader import LoadedFile
from epol.lang import ast
from epol.lang.diagnostics import Diagnostic, Severity, define

DETECTOR_WITHOUT_RULE = define(
    "detector-without-rule",
    "a detector finds something that no rule asks about",
    "No rule names the detector's label or a label above it, so what it finds changes nothing. "
    "Name the label in a rule, or drop the detector.",
    severity=Severity.WARNING,
    bad="label staff.badge\ndetector badge -> staff.badge { match /EMP-\\d{6}/ }",
    good="label staff.badge\ndetector badge -> staff.badge { match /EMP-\\d{6}/ }\n"
    "rule r { redact staff }",
)


def detector_without_rule(known: Known) -> Iterator[Diagnostic]:
    """Detectors of the policy's own files whose label is under none that a rule names."""
    compiled = known.compiled
    policy = known.policy
    if compiled.unit.root.module is not None:
        return  # a module's detectors are for the rules of whoever imports it
    named = {name.text for _, name in labels_named(compiled)}
    asked = {label for name in named & policy.labels.keys() for label in policy.labels[name].below}
    if "any" in named:
        return
    for _, node in _own_detectors(compiled):
        if node.label.text not in asked:
            message = f"no rule asks about `{node.label.text}`, which this detector finds"
            cure = f"name `{node.label.text}` or a label above it in a rule"
            yield DETECTOR_WITHOUT_RULE.at(node.name.span, message, help=cure)


def _own_detectors(compiled: Compiled) -> Iterator[tuple[LoadedFile, ast.Detector]]:
    for file in compiled.unit.files:
        for node in file.tree.declarations:
            if isinstance(node, ast.Detector) and not file.is_standard:
                yield file, node
