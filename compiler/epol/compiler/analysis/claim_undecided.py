"""A claim that is not proved is an error, whatever the reason."""

from __future__ import annotations

from collections.abc import Iterator

from epol.compiler.pipeline import Compiled
from epol.lang.diagnostics import Diagnostic, define

CLAIM_UNDECIDED = define(
    "claim-undecided",
    "a claim is neither proved nor refuted",
    "A claim speaks of every request in range, and only the solver can decide it. One that it "
    "cannot decide in its budget, or that no solver looked at, is not proved, and so it is an "
    "error. This version has no solver yet: every claim is undecided.",
    bad="prove p { never target.at == cloud }",
    good="rule r { only target.at == local }",
)


def claim_undecided(compiled: Compiled) -> Iterator[Diagnostic]:
    """Every claim, until the solver is there."""
    policy = compiled.policy
    assert policy is not None
    for claim in policy.claims:
        message = f"the claim `{claim.name}` is not proved: the solver is not in this version"
        yield CLAIM_UNDECIDED.at(claim.span, message)
