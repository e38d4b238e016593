"""`epolc test`."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from epol.compiler.cli._common import FINDINGS, fail, policy_files, print_json, print_lines
from epol.compiler.cli._models import MODELS

if TYPE_CHECKING:
    from epol.compiler.cases import CaseResult
    from epol.compiler.coverage import Coverage
    from epol.compiler.examine import Examination
    from epol.compiler.pipeline import Compiled


class Format(StrEnum):
    """How results are printed."""

    HUMAN = "human"
    JSON = "json"
    JUNIT = "junit"


def test(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Policies, cases.yaml, or folders.")
    ],
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Say what the tests have not seen.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="With --coverage: fail unless it is whole.")
    ] = False,
    format: Annotated[Format, typer.Option(help="How to print the results.")] = Format.HUMAN,
    models: Annotated[bool, MODELS] = True,
) -> None:
    """Run `test` blocks and cases.yaml.

    Exit status: 0 all passed, 1 a test failed or could not be run or a policy has errors, 2 wrong
    usage or unreadable input.
    """
    from epol.compiler.examine import judge

    policies, case_files = _split(paths)
    builds = [_compile(path) for path in policies]
    examinations = [judge(compiled, models=models) for compiled in builds]
    cases = [result for path in case_files for result in _run_cases(path)]
    pairs = zip(builds, examinations, strict=True) if coverage else ()
    coverages = [found for pair in pairs if (found := _coverage(*pair))]
    match format:
        case Format.HUMAN:
            _print_human(examinations, cases, coverages)
        case Format.JSON:
            print_json(_as_json(examinations, cases, coverages))
        case Format.JUNIT:
            from epol.compiler.report.junit import junit

            typer.echo(junit(examinations, cases), nl=False)
    whole = not strict or not any(list(c.missing()) for c in coverages)
    if not whole or any(map(_is_bad, examinations)) or any(case.problem for case in cases):
        raise typer.Exit(FINDINGS)


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


def _compile(path: Path) -> Compiled:
    from epol.compiler.pipeline import compile_policy
    from epol.compiler.resolve.loader import UnreadableError

    try:
        return compile_policy(path)
    except UnreadableError as error:
        fail(str(error))


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


def _coverage(compiled: Compiled, examination: Examination) -> Coverage | None:
    from epol.compiler.coverage import cover

    if compiled.policy is None:
        return None
    imported = frozenset(
        file.module for file in compiled.unit.files[:-1] if file.module and file.is_standard
    )
    return cover(compiled.policy, examination.tests, imported)


def _print_human(
    examinations: Sequence[Examination], cases: Sequence[CaseResult], coverages: Sequence[Coverage]
) -> None:
    from epol.compiler.testing import PASSED
    from epol.lang.diagnostics import Severity
    from epol.lang.render import render

    for examination in examinations:
        for diagnostic in examination.diagnostics:
            if diagnostic.severity == Severity.ERROR and not diagnostic.name.startswith("claim-"):
                print_lines([*render(diagnostic), []])
    for case in cases:
        if case.problem:
            print_lines([[("failed", "error"), (f": {case.path}: {case.name}", "text")],
                         [(f"  {case.problem}", "text")]])  # fmt: skip
    for found in coverages:
        _print_coverage(found)
    outcomes = [outcome for examination in examinations for outcome in examination.tests]
    passed = sum(o.status == PASSED for o in outcomes) + sum(c.problem is None for c in cases)
    typer.echo(f"{passed} of {len(outcomes) + len(cases)} tests passed")


def _print_coverage(coverage: Coverage) -> None:
    whole_atoms, atoms, whole_rules, rules = coverage.counts()
    for line in coverage.missing():
        typer.echo(line)
    typer.echo(
        f"coverage: {whole_rules} of {rules} rules fired and not fired, "
        f"{whole_atoms} of {atoms} atoms true and false"
    )


def _as_json(
    examinations: Sequence[Examination], cases: Sequence[CaseResult], coverages: Sequence[Coverage]
) -> dict[str, object]:
    from epol.compiler.report.json import json

    result = json(examinations)
    result["cases"] = [
        {"file": str(case.path), "name": case.name, "problem": case.problem} for case in cases
    ]
    if coverages:
        totals = [coverage.counts() for coverage in coverages]
        keys = ("atoms_whole", "atoms", "rules_whole", "rules")
        result["coverage"] = {
            **{key: sum(total[i] for total in totals) for i, key in enumerate(keys)},
            "missing": [line for coverage in coverages for line in coverage.missing()],
        }
    return result
