"""`epolc diff`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from epol.compiler.cli._common import (
    FINDINGS,
    fail,
    load_policy,
    print_json,
    print_lines,
    request_lines,
    seconds,
)
from epol.compiler.cli._models import MODELS
from epol.compiler.cli.decide import Evaluator

if TYPE_CHECKING:
    from epol.compiler.diff.compare import Comparison
    from epol.compiler.diff.log import Reading, Tally
    from epol.lang.model import Policy


class Format(StrEnum):
    """How the comparison is printed."""

    HUMAN = "human"
    JSON = "json"
    MARKDOWN = "markdown"


def diff(
    old: Annotated[Path, typer.Argument(help="The policy as it was.")],
    new: Annotated[Path, typer.Argument(help="The policy as it will be.")],
    format: Annotated[
        Format, typer.Option(help="How to print it; markdown is for pull requests.")
    ] = Format.HUMAN,
    requests: Annotated[
        Path | None,
        typer.Option(
            metavar="R.jsonl", help="A log to count in: requests, one a line (- is standard input)."
        ),
    ] = None,
    budget: Annotated[str, typer.Option(help="Time for the solver, as in 30s.")] = "60s",
    evaluator: Annotated[
        Evaluator, typer.Option(help="What decides --requests; the engine is faster.")
    ] = Evaluator.REFERENCE,
    models: Annotated[bool, MODELS] = True,
) -> None:
    """Say which requests two policies decide otherwise: of each kind a witness, or a proof of none.

    Newly permitted to a place, less treated, no longer blocked or held, limits raised, dearer,
    routed elsewhere, newly blocked, refused or held, and the rest. Exit status: 0 every request is
    decided alike, 1 not (or not proved), a policy has errors or a line of --requests was bad,
    2 wrong usage or unreadable input.
    """
    within = seconds(budget)
    before, after = load_policy(old), load_policy(new)
    counted = None
    if evaluator == Evaluator.ENGINE and (requests is None or not models):
        fail("--evaluator engine decides --requests, and runs models on demand: no --no-models")
    if requests is not None:
        from epol.compiler.diff.log import tally

        readings = (
            _reading(old, before, evaluator, models=models),
            _reading(new, after, evaluator, models=models),
        )
        counted = tally(readings, request_lines(requests))
        _print_errors(counted, requests)
    from epol.compiler.diff.compare import compare

    comparison = compare(before, after, within)
    _print(comparison, counted, format)
    if not comparison.equivalent or (counted is not None and counted.bad):
        raise typer.Exit(FINDINGS)


def _reading(path: Path, policy: Policy, evaluator: Evaluator, *, models: bool) -> Reading:
    from epol.compiler.deciding import engine_of
    from epol.compiler.diff.log import by_engine, by_reference
    from epol.engine.bundle.service import EpolError

    if evaluator == Evaluator.REFERENCE:
        return by_reference(policy, models=models)
    try:
        return by_engine(policy, engine_of(path))
    except EpolError as error:
        fail(f"{path}: {error}")


def _print_errors(tally: Tally, path: Path) -> None:
    """Bad lines go to standard error, where they are not in the way of the result."""
    from epol.lang.render import printable

    for line, error in tally.errors:
        typer.echo(f"error: {printable(str(path))}:{line}: {printable(error)}", err=True)
    if tally.bad > len(tally.errors):
        typer.echo(f"error: and {tally.bad - len(tally.errors)} more bad lines", err=True)


def _print(comparison: Comparison, tally: Tally | None, format: Format) -> None:
    from epol.compiler.report.diff_human import human
    from epol.compiler.report.diff_json import json
    from epol.compiler.report.diff_markdown import markdown

    match format:
        case Format.HUMAN:
            print_lines(human(comparison, tally))
        case Format.JSON:
            print_json(json(comparison, tally))
        case Format.MARKDOWN:
            for line in markdown(comparison, tally):
                typer.echo(line)
