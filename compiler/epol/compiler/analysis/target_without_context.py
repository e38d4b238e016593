"""A target that refuses everything, because the size of its context is not known."""

from __future__ import annotations

from collections.abc import Iterator

from epol.compiler.analysing import Known
from epol.lang.diagnostics import Diagnostic, Severity, define

RULE = "std.edge.fits_context"

TARGET_WITHOUT_CONTEXT = define(
    "target-without-context",
    "a target does not say how large its context is, so nothing is known to fit",
    "`std.edge` refuses a request that does not fit a target's context window, and what is not "
    "known fires every restriction: without `context` the target never takes a request. Say "
    "`context 8k`, or whatever the model has.",
    severity=Severity.WARNING,
    bad="target cloudy { at cloud }",
    good="target cloudy { at cloud context 128k }",
)


def target_without_context(known: Known) -> Iterator[Diagnostic]:
    """The targets without `context`, where std.edge asks for it."""
    policy = known.policy
    if any(rule.name == RULE for rule in policy.rules):
        for target in policy.targets:
            if "context" not in target.fields:
                message = f"`{target.name}` has no `context`, so no request is known to fit it"
                cure = "add `context 8k`, or whatever the model has"
                yield TARGET_WITHOUT_CONTEXT.at(target.span, message, help=cure)
