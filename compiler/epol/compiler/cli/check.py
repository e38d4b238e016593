"""`epolc check`."""

from __future__ import annotations

from collections.abc import Sequence
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
from epol.compiler.cli._output import write_whole
from epol.engine.bundle.pausing import uncollected

if TYPE_CHECKING:
    from epol.compiler.examine import Examination
    from epol.lang.diagnostics import Diagnostic


class Format(StrEnum):
    """How findings are printed."""

    HUMAN = "human"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    GITHUB = "github"


def check(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Policies, modules, or folders.")
    ],
    format: Annotated[Format, typer.Option(help="How to print what is found.")] = Format.HUMAN,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail too.")] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Processes that work at the same time.")] = 1,
    budget: Annotated[
        str, typer.Option(help="Time for each file's tests and analyses, as in 30s.")
    ] = "60s",
    fix: Annotated[
        bool, typer.Option("--fix", help="Correct what has one cure, and check again.")
    ] = False,
    write_tests: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write each witness as a test that can be kept."),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Check again whenever a file changes.")
    ] = False,
) -> None:
    """Say everything that is known of policies without building them.

    Reading, types, structure and tests. Exit status: 0 nothing wrong, 1 findings, 2 wrong usage
    or unreadable input.
    """
    from epol.compiler import deciding
    from epol.lang.diagnostics import Severity

    files = policy_files(map(named, paths))
    deciding.begin()
    if watch:
        _watch(files, seconds(budget), format, alone=not (fix or write_tests or jobs > 1))
        return
    examinations = examine_all(files, jobs, seconds(budget))
    if fix:
        examinations = _fixed(files, examinations, jobs, seconds(budget))
    _print(examinations, format)
    if write_tests is not None:
        _write_tests(examinations, write_tests)
    failing = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    if any(e.count(severity) for e in examinations for severity in failing):
        raise typer.Exit(FINDINGS)


def _watch(files: Sequence[Path], budget: float, format: Format, *, alone: bool) -> None:
    from epol.compiler.cli._watching import watch

    if not alone:
        fail("--watch stands without --fix, --write-tests and --jobs")
    watch(files, budget, lambda examination: _print([examination], format))


def examine_all(files: Sequence[Path], jobs: int, budget: float) -> list[Examination]:
    """Check files; a module that one of the policies imports is checked with that policy."""
    from concurrent.futures import ProcessPoolExecutor
    from functools import partial

    from epol.compiler.resolve.loader import UnreadableError

    run = partial(_examined, budget=budget, jobs=jobs if len(files) == 1 else 1)
    try:
        if jobs == 1 or len(files) == 1:
            results = [run(file) for file in files]
        else:
            with ProcessPoolExecutor(jobs) as pool:
                results = list(pool.map(run, files))
    except UnreadableError as error:
        fail(str(error))
    return without_repeats(results)


def _examined(file: Path, budget: float, jobs: int) -> Examination:
    from epol.compiler.examine import examine

    with uncollected(then_collect=True):
        return examine(file, budget=budget, jobs=jobs)


def without_repeats(results: Sequence[Examination]) -> list[Examination]:
    """Leave out modules that another file's check has covered, and findings shown already."""
    from dataclasses import replace

    covered = {
        path for result in results for path in result.files if path != Path(result.path).resolve()
    }
    seen: set[tuple[str, int, str, str]] = set()
    kept: list[Examination] = []
    for result in results:
        if Path(result.path).resolve() in covered:
            continue
        keys = [(d.span.source.name, d.span.start, d.name, d.message) for d in result.diagnostics]
        pairs = zip(keys, result.diagnostics, strict=True)
        kept.append(replace(result, diagnostics=tuple(d for k, d in pairs if k not in seen)))
        seen.update(keys)
    return kept


MOST_ROUNDS = 10
"""A correction may bring the next to light; so often it is looked."""


def _fixed(
    files: Sequence[Path], examinations: list[Examination], jobs: int, budget: float
) -> list[Examination]:
    """Apply the fixes of diagnostics to the files that were named, until there is none."""
    from epol.compiler.fixing import Fixed, Left, fixed

    named = frozenset(file.resolve() for file in files if file.suffix == ".epol")
    for _ in range(MOST_ROUNDS):
        results = list(fixed(examinations, named))
        done = [each for each in results if isinstance(each, Fixed)]
        if not done:
            for left in results:
                if isinstance(left, Left):
                    typer.echo(f"left {_cured(left.diagnostic)}: {left.reason}", err=True)
            break
        for each in done:
            write_whole(each.path, each.data)
            for diagnostic in each.cured:
                typer.echo(f"fixed {_cured(diagnostic)}", err=True)
        examinations = examine_all(files, jobs, budget)
    return examinations


def _cured(diagnostic: Diagnostic) -> str:
    """A place, and what becomes of it."""
    assert diagnostic.fix is not None
    span, text = diagnostic.fix.span, diagnostic.fix.text
    place = f"{span.source.name}:{diagnostic.span.first.line}:{diagnostic.span.first.column}"
    change = f"`{span.text}` is now `{text}`" if text else f"`{span.text.strip()}` is removed"
    return f"{place} {diagnostic.name}: {change}"


def _write_tests(examinations: Sequence[Examination], folder: Path) -> None:
    """Write the witnesses' files, but over nothing that somebody else wrote."""
    from epol.compiler.keeping import is_ours, kept

    if folder.exists() and not folder.is_dir():
        fail(f"{folder}: this is not a folder")
    for file in kept(examinations, folder):
        try:
            there = file.path.read_text(encoding="utf-8") if file.path.exists() else None
            file.path.parent.mkdir(parents=True, exist_ok=True)
        except (OSError, UnicodeDecodeError) as error:
            fail(f"{file.path}: {error}")
        if there is not None and not is_ours(there):
            typer.echo(f"left {file.path} as it is: it was changed, or written by hand", err=True)
        elif there != file.text:
            write_whole(file.path, file.text)
            typer.echo(f"wrote {file.path}", err=True)


def _print(examinations: list[Examination], format: Format) -> None:
    from epol.compiler.report.github import github
    from epol.compiler.report.human import human
    from epol.compiler.report.json import json
    from epol.compiler.report.junit import junit
    from epol.compiler.report.sarif import sarif

    match format:
        case Format.HUMAN:
            print_lines(human(examinations))
        case Format.JSON:
            print_json(json(examinations))
        case Format.SARIF:
            print_json(sarif(examinations))
        case Format.JUNIT:
            typer.echo(junit(examinations), nl=False)
        case Format.GITHUB:
            for line in github(examinations):
                typer.echo(line)
