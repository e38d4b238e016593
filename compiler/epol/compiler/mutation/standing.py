"""What claims and findings say of a mutant that they do not say of the policy."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cached_property

from epol.compiler.analysis import findings
from epol.compiler.pipeline import Compiled
from epol.compiler.proving import PROVED, REFUTED, prove_claims
from epol.lang.claims import is_counterexample
from epol.lang.diagnostics import Severity
from epol.lang.model import ClaimInfo, Policy
from epol.lang.request import Request
from epol.lang.source import Source

SECONDS = 10.0
"""For the claims of one mutant, where the whole has no budget."""

_Key = tuple[str, Source, int]

_OF_ONE_REQUEST = ("never", "always", "served", "chooses", "never-chooses")
"""The kinds of claims that one request can refute, without another policy."""


class Standing:
    """The claims that hold of a policy, and the findings that it has."""

    def __init__(self, compiled: Compiled, deadline: float | None) -> None:
        assert compiled.policy is not None
        self._compiled, self._deadline = compiled, deadline

    @cached_property
    def _claims(self) -> tuple[ClaimInfo, ...]:
        """Those that are proved."""
        proved = prove_claims(self._compiled, self._until())
        return tuple(each.claim for each in proved if each.outcome == PROVED)

    @cached_property
    def _findings(self) -> frozenset[_Key]:
        return _found(self._compiled)

    def claim_fails(self, changed: Policy, request: Request) -> bool:
        """Whether a claim that is proved of the policy does not hold of a mutant.

        `request` is one that the two decide differently, on which it is seen at once.
        """
        simple = (claim for claim in self._claims if claim.kind in _OF_ONE_REQUEST)
        if any(is_counterexample(changed, claim, request) for claim in simple):
            return True
        if not self._claims:
            return False
        compiled = replace(self._compiled, policy=replace(changed, claims=self._claims))
        return any(each.outcome == REFUTED for each in prove_claims(compiled, self._until()))

    def finding_is_new(self, changed: Policy) -> bool:
        """Whether `check` gives a warning or an error on a mutant that the policy does not have.

        Notes do not count: no check fails for them.
        """
        return not _found(replace(self._compiled, policy=changed)) <= self._findings

    def _until(self) -> float:
        return time.monotonic() + SECONDS if self._deadline is None else self._deadline


def _found(compiled: Compiled) -> frozenset[_Key]:
    """The findings of a build by name and place."""
    return frozenset(
        (diagnostic.name, diagnostic.span.source, diagnostic.span.start)
        for finding in findings()
        for diagnostic in finding(compiled)
        if diagnostic.severity != Severity.NOTE
    )
