"""`epolc test`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from epol.compiler.cli._common import (
    FINDINGS,
    fail,
    named,
    policy_files,
    print_json,
    print_lines,
    seconds,
)
from epol.compiler.cli._models import MODELS

if TYPE_CHECKING:
    from epol.compiler.cases import CaseResult
    from epol.compiler.cli._generating import Written
    from epol.compiler.cli._measuring import Measured
    from epol.compiler.coverage import Coverage
    from epol.compiler.examine import Examination
    from epol.compiler.mutation.running import Mutation


@dataclass(frozen=True)
class Report:
    """All that one run has to say."""

    measured: Sequence[Measured]
    cases: Sequence[CaseResult]

    @property
    def examinations(self) -> list[Examination]:
        """What was found of each policy, with the tests that were made."""
        return [each.examination for each in self.measured]

    @property
    def coverages(self) -> list[Coverage]:
        """Those that were counted."""
        return [each.coverage for each in self.measured if each.coverage is not None]

    @property
    def mutations(self) -> list[Mutation]:
        """Those of the policies whose mutants were tried."""
        return [each.mutation for each in self.measured if each.mutation is not None]

    @property
    def written(self) -> list[Written]:
        """The tests that were made."""
        return [each.written for each in self.measured if each.written is not None]

    def is_good(self, *, strict: bool) -> bool:
        """Whether all passed, and no mutant survived; with `strict`, whether all is known."""
        open_ends = [line for each in self.coverages for line in each.missing()]
        open_ends += [reason for each in self.mutations for _, reason in each.undecided]
        return not (
            any(map(_is_bad, self.examinations))
            or any(case.problem for case in self.cases)
            or any(each.survivors for each in self.mutations)
            or (strict and open_ends)
        )


class Format(StrEnum):
    """How results are printed."""

    HUMAN = "human"
    JSON = "json"
    JUNIT = "junit"


def test(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="Policies, modules, cases.yaml, or folders."),
    ],
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Say what the tests have not seen.")
    ] = False,
    generate: Annotated[
        bool, typer.Option("--generate", help="Write tests for what is missing.")
    ] = False,
    mutate: Annotated[
        bool, typer.Option("--mutate", help="Change each rule a little; say what goes unnoticed.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Where to, if not to the policy."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail unless all is covered and all is decided.")
    ] = False,
    format: Annotated[Format, typer.Option(help="How to print the results.")] = Format.HUMAN,
    budget: Annotated[
        str, typer.Option(metavar="D", help="Time for coverage and mutants of each policy.")
    ] = "60s",
    models: Annotated[bool, MODELS] = True,
) -> None:
    """Run `test` blocks and cases.yaml.

    Exit status: 0 all passed, 1 a test failed or could not be run, a policy has errors or a mutant
    survived, 2 wrong usage or unreadable input.
    """
    from epol.compiler.cli._measuring import Wanted, measure
    from epol.compiler.cli._tested import tested
    from epol.compiler.examine import judge

    policies, case_files = _split([named(path) for path in paths])
    _check_usage(output, policies, format, generate=generate, mutate=mutate)
    wanted = Wanted(coverage, generate, mutate, seconds(budget), output, case_files)
    builds = tested(policies)
    examinations = [judge(compiled, models=models, findings=strict) for compiled in builds]
    cases = [result for path in case_files for result in _run_cases(path)]
    report = Report(measure(builds, examinations, wanted), cases)
    _print(report, format)
    if not report.is_good(strict=strict):
        raise typer.Exit(FINDINGS)


def _check_usage(
    output: Path | None, policies: Sequence[Path], format: Format, *, generate: bool, mutate: bool
) -> None:
    """Refuse an output file that is not for one policy, and a report that cannot say it."""
    if output is not None and not generate:
        fail("-o is for --generate")
    if output is not None and len(policies) != 1:
        fail("-o takes the tests of one policy; name one")
    if format == Format.JUNIT and mutate:
        fail("JUnit has no place for mutants; use --format json")


def _print(report: Report, format: Format) -> None:
    match format:
        case Format.HUMAN:
            _print_human(report)
        case Format.JSON:
            print_json(_as_json(report))
        case Format.JUNIT:
            from epol.compiler.report.junit import junit

            typer.echo(junit(report.examinations, report.cases), nl=False)


def _split(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Policies and cases files.

    In a folder, a policy that cases say is wrong is left to them.
    """
    cases = [path for path in paths if path.suffix in (".yaml", ".yml")]
    for folder in paths:
        if folder.is_dir():
            cases += sorted(folder.rglob("cases.yaml"))
    missing = [path for path in cases if not path.is_file()]
    if missing:
        fail(f"{missing[0]}: no such file")
    others = [path for path in paths if path not in cases]
    only_cases = [p for p in others if p.is_dir() and not list(p.rglob("*.epol"))]
    wrong = {policy for path in cases if (policy := _wrong_policy(path)) is not None}
    files = policy_files([path for path in others if path not in only_cases or not cases])
    return [f for f in files if f in paths or f.resolve() not in wrong], cases


def _wrong_policy(path: Path) -> Path | None:
    """The policy of which cases say that it has errors."""
    from epol.compiler.cases import CasesError, policy_of, read_cases

    try:
        data = read_cases(path)
    except CasesError as error:
        fail(str(error))
    return policy_of(path, data).resolve() if data.get("diagnostics") else None


def _run_cases(path: Path) -> list[CaseResult]:
    from epol.compiler.cases import CasesError, run_cases

    try:
        return run_cases(path)
    except CasesError as error:
        fail(str(error))


def _is_bad(examination: Examination) -> bool:
    """Whether a file does not compile, or a test of it did not pass."""
    from epol.compiler.testing import PASSED

    return not examination.compiles or any(o.status != PASSED for o in examination.tests)


def _print_human(report: Report) -> None:
    from epol.compiler.cli._mutants import mutant_lines
    from epol.compiler.testing import PASSED
    from epol.lang.diagnostics import Severity
    from epol.lang.render import render

    for examination in report.examinations:
        for diagnostic in examination.diagnostics:
            if diagnostic.severity == Severity.ERROR and not diagnostic.name.startswith("claim-"):
                print_lines([*render(diagnostic), []])
    for case in report.cases:
        if case.problem:
            print_lines([[("failed", "error"), (f": {case.path}: {case.name}", "text")],
                         [(f"  {case.problem}", "text")]])  # fmt: skip
    for measured in report.measured:
        if measured.coverage is not None:
            _print_coverage(measured.coverage, measured.note)
    for mutation in report.mutations:
        print_lines(mutant_lines(mutation))
    for entry in report.written:
        if entry.path == "-":
            typer.echo("\n".join(entry.tests))
    outcomes = [outcome for examination in report.examinations for outcome in examination.tests]
    passed = sum(o.status == PASSED for o in outcomes)
    passed += sum(c.problem is None for c in report.cases)
    typer.echo(f"{passed} of {len(outcomes) + len(report.cases)} tests passed")


def _print_coverage(coverage: Coverage, note: str | None) -> None:
    whole_atoms, atoms, whole_rules, rules = coverage.counts()
    if note is not None:
        typer.echo(note)
        if not rules:
            return
    for line in (*coverage.missing(), *coverage.impossible()):
        typer.echo(line)
    typer.echo(
        f"coverage: {whole_rules} of {rules} rules fired and not fired, "
        f"{whole_atoms} of {atoms} atoms true and false"
    )


def _as_json(report: Report) -> dict[str, object]:
    from epol.compiler.cli._mutants import mutants_json
    from epol.compiler.report.json import json

    result = json(report.examinations)
    result["cases"] = [
        {"file": str(case.path), "name": case.name, "problem": case.problem}
        for case in report.cases
    ]
    if report.coverages:
        totals = [coverage.counts() for coverage in report.coverages]
        keys = ("atoms_whole", "atoms", "rules_whole", "rules")
        result["coverage"] = {
            **{key: sum(total[i] for total in totals) for i, key in enumerate(keys)},
            "missing": [line for coverage in report.coverages for line in coverage.missing()],
            "impossible": [line for each in report.coverages for line in each.impossible()],
        }
    if report.mutations:
        result["mutants"] = mutants_json(report.mutations)
    if report.written:
        result["generated"] = [entry.as_json() for entry in report.written]
    return result
