"""What claims and findings say of a mutant that they do not say of the policy."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

from epol.compiler.analysis import findings
from epol.compiler.mutation.mutants import Mutant
from epol.compiler.pipeline import Compiled
from epol.compiler.proving import PROVED, REFUTED, prove_claims
from epol.compiler.resolve.loader import Unit
from epol.lang import ast
from epol.lang.claims import is_counterexample
from epol.lang.diagnostics import Severity
from epol.lang.model import ClaimInfo, Policy, RuleInfo
from epol.lang.request import Request
from epol.lang.source import Source

SECONDS = 10.0
"""For the claims of one mutant, where the whole has no budget."""

_Key = tuple[str, Source, int]

_OF_ONE_REQUEST = ("never", "always", "served", "chooses", "never-chooses")
"""The kinds of claims that one request can refute, without another policy."""


class Standing:
    """The claims that hold of a policy, and the findings that it has.

    `smaller` makes a mutant one of fewer labels, of which the same claims hold.
    """

    def __init__(
        self, compiled: Compiled, deadline: float | None, smaller: Callable[[Policy], Policy]
    ) -> None:
        assert compiled.policy is not None
        self._compiled, self._deadline, self._smaller = compiled, deadline, smaller

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

        `request` is one of the solver's that the two decide differently; it may show it at once.
        """
        # A claim on two policies speaks of the labels of both, so they all stay.
        alone = tuple(claim for claim in self._claims if claim.other is None)
        paired = tuple(claim for claim in self._claims if claim.other is not None)
        small = self._smaller(replace(changed, claims=alone))
        simple = (claim for claim in small.claims if claim.kind in _OF_ONE_REQUEST)
        return (
            any(is_counterexample(small, claim, request) for claim in simple)
            or self._refuted(small)
            or self._refuted(replace(changed, claims=paired))
        )

    def _refuted(self, changed: Policy) -> bool:
        """Whether one of a mutant's claims does not hold."""
        proved = prove_claims(replace(self._compiled, policy=changed), self._until())
        return any(each.outcome == REFUTED for each in proved)

    def finding_is_new(self, mutant: Mutant, changed: Policy) -> bool:
        """Whether `check` gives a warning or an error on a mutant that the policy does not have.

        Notes do not count: no check fails for them.  A finding that reads the source rather than
        the policy sees of a mutant only that a rule is gone.
        """
        compiled = replace(self._compiled, policy=changed)
        if mutant.changed is None:
            compiled = replace(compiled, unit=_without(compiled.unit, mutant.rule))
        return not _found(compiled) <= self._findings

    def _until(self) -> float:
        return time.monotonic() + SECONDS if self._deadline is None else self._deadline


def _without(unit: Unit, rule: RuleInfo) -> Unit:
    """The files of a build without the declaration of a rule."""

    def is_kept(node: ast.Declaration) -> bool:
        return not (isinstance(node, ast.Rule) and node.name.span == rule.span)

    trees = [
        ast.File(file.tree.source, tuple(filter(is_kept, file.tree.declarations)))
        for file in unit.files
    ]
    files = zip(unit.files, trees, strict=True)
    return replace(unit, files=tuple(replace(file, tree=tree) for file, tree in files))


def _found(compiled: Compiled) -> frozenset[_Key]:
    """The findings of a build by name and place."""
    return frozenset(
        (diagnostic.name, diagnostic.span.source, diagnostic.span.start)
        for finding in findings()
        for diagnostic in finding(compiled)
        if diagnostic.severity != Severity.NOTE
    )
