"""A rule speaks of a label that nothing can ever find."""

from __future__ import annotations

from collections.abc import Iterator

from epol.compiler.analysing import Known
from epol.compiler.labels_used import labels_named
from epol.lang.diagnostics import Diagnostic, Severity, define

LABEL_WITHOUT_DETECTOR = define(
    "label-without-detector",
    "a rule speaks of a label that nothing finds",
    "No detector finds this label or any below it, so a rule that names it never sees it in "
    "text. Write a detector, or import a module that has one. (A host can still pass a label "
    "that it found by other means.)",
    severity=Severity.WARNING,
    bad="label staff.badge\nrule r { redact staff.badge }",
    good="label staff.badge\ndetector badge -> staff.badge { match /EMP-\\d{6}/ }\n"
    "rule r { redact staff.badge }",
)


def label_without_detector(known: Known) -> Iterator[Diagnostic]:
    """Labels that the policy's own rules name and no detector is below."""
    compiled = known.compiled
    policy = known.policy
    found = {detector.label for detector in policy.detectors}
    reported: set[str] = set()
    for file, name in labels_named(compiled):
        info = policy.labels.get(name.text)
        if file.is_standard or info is None or name.text in reported or info.below & found:
            continue
        reported.add(name.text)
        message = f"nothing finds `{name.text}`: no detector is for it or for a label below it"
        cure = f"declare `detector NAME -> {name.text} {{ … }}`"
        yield LABEL_WITHOUT_DETECTOR.at(name.span, message, help=cure)
