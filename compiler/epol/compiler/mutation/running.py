"""Trying every mutant: which is noticed, which decides the same, and which nothing notices."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from epol.compiler.cases import decided_cases, failing_text
from epol.compiler.generation.making import LATE, QUESTION
from epol.compiler.generation.reading import Reading, formatted
from epol.compiler.generation.titles import Titles
from epol.compiler.mutation.differing import as_case, expected, is_different
from epol.compiler.mutation.kit import Check, Kit
from epol.compiler.mutation.mutants import Mutant, mutants
from epol.compiler.mutation.standing import Standing
from epol.compiler.pipeline import Compiled
from epol.compiler.smt.answers import Undecided
from epol.compiler.testing import PASSED, Outcome, unmet
from epol.compiler.witness import as_test
from epol.lang.model import Policy, TestInfo
from epol.lang.request import Request, complete
from epol.lang.semantics import decide

if TYPE_CHECKING:
    from epol.compiler.smt.reaching import Reacher

TESTS, CLAIMS, FINDINGS, MADE = "tests", "claims", "findings", "made"
"""What can notice a mutant; MADE are tests that were made for others."""


@dataclass(frozen=True)
class Survivor:
    """A mutant that nothing notices.

    `test` is a block that would; `case`, where no test can, an entry of `cases.yaml`.  `told` is
    the title of `test` where that was made for an earlier one.
    """

    mutant: Mutant
    test: str | None
    case: str | None = None
    told: str | None = None


@dataclass
class Mutation:
    """What became of the mutants of one policy."""

    killed: Counter[str] = field(default_factory=Counter[str])
    equivalent: int = 0
    survivors: list[Survivor] = field(default_factory=list[Survivor])
    undecided: list[tuple[Mutant, str]] = field(default_factory=list[tuple[Mutant, str]])
    made: list[str] = field(default_factory=list[str])

    @property
    def total(self) -> int:
        """How many there are."""
        decided = self.killed.total() + self.equivalent
        return decided + len(self.survivors) + len(self.undecided)


def mutate(
    compiled: Compiled,
    outcomes: Iterable[Outcome],
    case_files: Sequence[Path] = (),
    *,
    deadline: float | None = None,
    make: bool = False,
) -> Mutation:
    """Try every mutant of a build on its tests, cases, claims and findings.

    With `make`, what nothing notices becomes a test in `made`, if a test can notice it.
    `deadline` is in monotonic seconds; what comes after it is undecided.
    """
    run = _Run(compiled, tuple(outcomes), case_files, deadline, make=make)
    for mutant in run.mutants:
        run.try_one(mutant)
    return run.result


class _Run:
    def __init__(
        self,
        compiled: Compiled,
        outcomes: Sequence[Outcome],
        case_files: Sequence[Path],
        deadline: float | None,
        *,
        make: bool,
    ) -> None:
        assert compiled.policy is not None
        self.policy: Policy = compiled.policy
        self.mutants = list(mutants(compiled))
        self.result = Mutation()
        self._case_files, self._deadline, self._make = case_files, deadline, make
        self._kit = Kit(self.policy, self._checks(outcomes))
        self._more = Kit(self.policy)
        self._blocks: dict[str, str] = {}
        self._standing = Standing(compiled, deadline)
        self._titles = Titles(self.policy)
        self._reading = Reading(compiled)
        self._requests = Kit(self.policy)

    def _checks(self, outcomes: Sequence[Outcome]) -> Iterable[Check]:
        for outcome in outcomes:
            if outcome.status == PASSED and outcome.request is not None:
                yield _of_test(outcome.test, outcome.request)
        for path in self._case_files:
            for case in decided_cases(path, self.policy):
                yield Check(case.name, case.request, case.fails)

    def try_one(self, mutant: Mutant) -> None:
        """What becomes of one mutant: the quick questions come first."""
        changed, result = mutant.policy(self.policy), self.result
        if self._kit.killer(mutant, changed) or self._text_fails(changed):
            result.killed[TESTS] += 1
        elif self._make and self._more.killer(mutant, changed):
            result.killed[MADE] += 1
        elif self._is_late():
            result.undecided.append((mutant, LATE))
        else:
            self._ask(mutant, changed)

    def _text_fails(self, changed: Policy) -> bool:
        return any(failing_text(path, changed) for path in self._case_files)

    def _is_late(self) -> bool:
        return self._deadline is not None and time.monotonic() > self._deadline

    def _ask(self, mutant: Mutant, changed: Policy) -> None:
        """A request that is decided differently; then claims and findings may notice it."""
        known = self._requests.killer(mutant, changed)
        request = self._told_apart(mutant, changed) if known is None else known.request
        if request is None:
            return
        if self._standing.claim_fails(changed, request):
            self.result.killed[CLAIMS] += 1
        elif self._standing.finding_is_new(mutant, changed):
            self.result.killed[FINDINGS] += 1
        else:
            self._survives(mutant, changed, request)

    def _told_apart(self, mutant: Mutant, changed: Policy) -> Request | None:
        """The solver's request; None, and counted, if there is none or nobody knows."""
        from epol.compiler.smt.telling import tell_apart  # noqa: PLC0415 (z3 is slow to load)

        answer = tell_apart(self._reacher, changed, mutant.rule.flows, QUESTION)
        if answer is None:
            self.result.equivalent += 1
        elif isinstance(answer, Undecided):
            self.result.undecided.append((mutant, answer.reason))
        else:
            request = complete(answer, self.policy)
            check = _of_request(self.policy, request)
            if check.notices(changed, decide(changed, request)):
                self._requests.add(check)
                return request
            reason = "the solver's request does not tell it from the policy"
            self.result.undecided.append((mutant, reason))
        return None

    @cached_property
    def _reacher(self) -> Reacher:
        from epol.compiler.smt.reaching import Reacher  # noqa: PLC0415 (z3 is slow to load)

        changes = (each.changed for each in self.mutants if each.changed is not None)
        return Reacher(self.policy, changes)

    def _survives(self, mutant: Mutant, changed: Policy, request: Request) -> None:
        earlier = self._more.killer(mutant, changed)
        if earlier is not None:
            block = self._blocks[earlier.name]
            self.result.survivors.append(Survivor(mutant, block, told=earlier.name))
            return
        sentence = f"{mutant.rule.name}: not {mutant.what.removeprefix('with ')}"
        found = self._test(mutant, changed, request, sentence)
        if found is None:
            case = as_case(self.policy, request, changed, sentence)
            self.result.survivors.append(Survivor(mutant, None, case))
            return
        block, test = found
        self._more.add(_of_test(test, request))
        self._blocks[test.title] = block
        if self._make:
            self.result.made.append(block)
            self.result.killed[MADE] += 1
        else:
            self.result.survivors.append(Survivor(mutant, block))

    def _test(
        self, mutant: Mutant, changed: Policy, request: Request, sentence: str
    ) -> tuple[str, TestInfo] | None:
        """A test that the policy passes and the mutant fails; None if no test can say it."""
        one, other = decide(self.policy, request), decide(changed, request)
        lines = expected(self.policy, one, other, mutant.rule.name)
        block = formatted(as_test(self.policy, request, self._titles.free(sentence), lines))
        [test] = self._reading.read(block)
        check = _of_test(test, request)
        if check.notices(self.policy, one) or not check.notices(changed, other):
            return None
        return block, test


def _of_test(test: TestInfo, request: Request) -> Check:
    return Check(
        test.title,
        request,
        lambda policy, decision: any(unmet(policy, decision, test.expectations)),
    )


def _of_request(policy: Policy, request: Request) -> Check:
    """A request on which a mutant is noticed if it decides otherwise, in what counts."""
    original = decide(policy, request)
    return Check("", request, lambda _, decision: is_different(original, decision))
