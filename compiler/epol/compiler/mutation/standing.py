"""What claims and findings say of a mutant that they do not say of the policy."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cached_property

from epol.compiler.analysing import FINDING_UNDECIDED, Known
from epol.compiler.analysis import analyse
from epol.compiler.mutation.mutants import Mutant
from epol.compiler.outcomes import PROVED, REFUTED
from epol.compiler.pipeline import Compiled
from epol.compiler.proving import prove_claims
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
        return _found(self._compiled, self._until())

    def claim_fails(self, changed: Policy, request: Request) -> bool:
        """Whether a claim that is proved of the policy does not hold of a mutant.

        `request` is one of the solver's that the two decide differently; it may show it at once.
        """
        mutant = replace(changed, claims=self._claims)
        simple = (claim for claim in self._claims if claim.kind in _OF_ONE_REQUEST)
        shown = any(is_counterexample(mutant, claim, request) for claim in simple)
        return shown or self._refuted(mutant)

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
        return not _found(compiled, self._until()) <= self._findings

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


def _found(compiled: Compiled, deadline: float) -> frozenset[_Key]:
    """The findings of a build by name and place."""
    return frozenset(
        (diagnostic.name, diagnostic.span.source, diagnostic.span.start)
        for analysis in analyse(Known(compiled, deadline))
        for diagnostic in analysis.diagnostics
        if diagnostic.severity != Severity.NOTE and diagnostic.definition is not FINDING_UNDECIDED
    )
