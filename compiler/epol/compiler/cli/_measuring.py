"""What `epolc test` finds out of a policy beside its tests: coverage, mutants, tests to add."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from epol.compiler.cli._generating import Written, add_tests, page_of, tried
from epol.compiler.cli._tested import module_note

if TYPE_CHECKING:
    from epol.compiler.coverage import Coverage
    from epol.compiler.examine import Examination
    from epol.compiler.mutation.running import Mutation
    from epol.compiler.pipeline import Compiled
    from epol.compiler.testing import Outcome

COMMENT = "Made by epolc test: what the policy decides today."


@dataclass(frozen=True)
class Wanted:
    """What was asked for; `budget` is in seconds, for each policy, and `output` where to write."""

    coverage: bool
    generate: bool
    mutate: bool
    budget: float
    output: Path | None = None
    cases: Sequence[Path] = ()

    @property
    def measures(self) -> bool:
        """Whether coverage is counted; tests are made for it, unless they are for mutants."""
        return self.coverage or self.generate


@dataclass(frozen=True)
class Measured:
    """What was found out of one policy; `examination` has the tests that were made too.

    `note` says of a module that no policy tests why there is no more to say.
    """

    examination: Examination
    coverage: Coverage | None = None
    mutation: Mutation | None = None
    written: Written | None = None
    note: str | None = None


def measure(
    builds: Sequence[Compiled], examinations: Sequence[Examination], wanted: Wanted
) -> list[Measured]:
    """What is wanted of each build."""
    return [
        Measured(examination) if build.policy is None else _measured(build, examination, wanted)
        for build, examination in zip(builds, examinations, strict=True)
    ]


def _measured(build: Compiled, examination: Examination, wanted: Wanted) -> Measured:
    assert build.policy is not None
    if not build.policy.targets:  # nothing is decided, so nothing can be made for it
        coverage = _covered(build, examination.tests) if wanted.measures else None
        return Measured(examination, coverage, note=module_note(build))
    deadline = time.monotonic() + wanted.budget
    page = page_of(build, wanted.output) if wanted.generate else None
    blocks: list[str] = []
    found = Measured(examination)
    if wanted.measures:
        found, blocks = _with_coverage(build, found, deadline, make=wanted.generate)
    if wanted.mutate:
        found, more = _with_mutants(build, found, wanted, deadline)
        blocks += more
    if wanted.generate and not blocks:
        typer.echo(f"{examination.path}: there is nothing to generate", err=True)
    if blocks:
        found = replace(found, written=add_tests(build, page, COMMENT, blocks))
    return found


def _covered(build: Compiled, outcomes: Sequence[Outcome]) -> Coverage:
    from epol.compiler.coverage import cover
    from epol.compiler.test_policies import own_files

    assert build.policy is not None
    sources = {file.tree.source.name for file in own_files(build.unit)}
    return cover(build.policy, outcomes, sources)


def _with_coverage(
    build: Compiled, found: Measured, deadline: float, *, make: bool
) -> tuple[Measured, list[str]]:
    """The coverage, and tests that make it whole; else whether what is missing can be seen."""
    from epol.compiler.generation.making import make_tests, settle

    coverage = _covered(build, found.examination.tests)
    if not make:
        settle(coverage, deadline)
        return replace(found, coverage=coverage), []
    blocks = make_tests(coverage, deadline)
    whole = _with_tests(build, found, blocks)
    measured = _covered(build, whole.examination.tests)
    measured.learn(coverage)
    return replace(whole, coverage=measured), blocks


def _with_tests(build: Compiled, found: Measured, blocks: Sequence[str]) -> Measured:
    """What was found with tests that were made, run."""
    examination = found.examination
    tests = (*examination.tests, *tried(build, blocks))
    return replace(found, examination=replace(examination, tests=tests))


def _with_mutants(
    build: Compiled, found: Measured, wanted: Wanted, deadline: float
) -> tuple[Measured, list[str]]:
    """What became of the mutants, and tests that notice those that nothing noticed."""
    from epol.compiler.cases import policy_of, read_cases
    from epol.compiler.mutation.running import mutate
    from epol.compiler.testing import PASSED

    outcomes = found.examination.tests
    if any(outcome.status != PASSED for outcome in outcomes):
        path = found.examination.path
        typer.echo(f"{path}: a test does not pass, so no mutants are tried", err=True)
        return found, []
    root = build.unit.root.path.resolve()
    cases = [p for p in wanted.cases if policy_of(p, read_cases(p)).resolve() == root]
    mutation = mutate(build, outcomes, cases, deadline=deadline, make=wanted.generate)
    whole = _with_tests(build, found, mutation.made)
    return replace(whole, mutation=mutation), mutation.made
