"""Coverage of the policies of one command, made whole where that is wanted."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from epol.compiler.cli._generating import Written, add_tests, page_of

if TYPE_CHECKING:
    from epol.compiler.coverage import Coverage
    from epol.compiler.examine import Examination
    from epol.compiler.pipeline import Compiled

COMMENT = "Made by epolc test --generate: what the policy decides today."


def standard_modules(compiled: Compiled) -> frozenset[str]:
    """The standard modules of a build, whose rules are not the policy's own."""
    files = compiled.unit.files[:-1]
    return frozenset(file.module for file in files if file.module and file.is_standard)


def measurable(builds: Sequence[Compiled]) -> list[bool]:
    """Which builds have rules to cover: a module that another one imports is part of that."""
    inside = {file.path.resolve() for build in builds for file in build.unit.files[:-1]}
    return [
        build.policy is not None and build.unit.root.path.resolve() not in inside
        for build in builds
    ]


def measure(
    builds: Sequence[Compiled], examinations: Sequence[Examination], budget: float
) -> list[Coverage]:
    """What tests have seen, and of the rest whether it can be seen at all."""
    from epol.compiler.coverage import cover
    from epol.compiler.generation.making import settle

    found: list[Coverage] = []
    for build, examination, wanted in zip(builds, examinations, measurable(builds), strict=True):
        if wanted and build.policy is not None:
            coverage = cover(build.policy, examination.tests, standard_modules(build))
            if build.policy.targets:
                settle(coverage, time.monotonic() + budget)
            found.append(coverage)
    return found


def generate(
    builds: Sequence[Compiled],
    examinations: Sequence[Examination],
    output: Path | None,
    budget: float,
) -> tuple[list[Coverage], list[Examination], list[Written]]:
    """As `measure`, with tests written for what is missing; examinations have them too."""
    coverages: list[Coverage] = []
    with_new: list[Examination] = []
    written: list[Written] = []
    for build, examination, wanted in zip(builds, examinations, measurable(builds), strict=True):
        whole = examination
        if wanted and build.policy is not None and build.policy.targets:
            coverage, whole, entry = _made_whole(build, examination, output, budget)
            coverages.append(coverage)
            written += entry
        with_new.append(whole)
    return coverages, with_new, written


def _made_whole(
    build: Compiled, examination: Examination, output: Path | None, budget: float
) -> tuple[Coverage, Examination, list[Written]]:
    from epol.compiler.coverage import cover
    from epol.compiler.generation.making import make_tests

    assert build.policy is not None
    page, modules = page_of(build, output), standard_modules(build)
    coverage = cover(build.policy, examination.tests, modules)
    blocks = make_tests(coverage, time.monotonic() + budget)
    if not blocks:
        typer.echo(f"{examination.path}: there is nothing to generate", err=True)
        return coverage, examination, []
    entry, outcomes = add_tests(build, page, COMMENT, blocks)
    whole = replace(examination, tests=(*examination.tests, *outcomes))
    measured = cover(build.policy, whole.tests, modules)
    measured.learn(coverage)
    return measured, whole, [entry]
