"""`epolc eval`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from epol.compiler.cli._common import FINDINGS, fail, load_detectors, print_json, read_input
from epol.compiler.cli._models import MODELS, finder, note_unknown
from epol.compiler.cli._output import write_whole

if TYPE_CHECKING:
    from epol.compiler.evaluation.baseline import Regression
    from epol.compiler.evaluation.counts import Tally
    from epol.compiler.evaluation.mapping import TypeMap
    from epol.lang.model import Policy


class Format(StrEnum):
    """How the result is printed."""

    HUMAN = "human"
    JSON = "json"


def eval_(
    data: Annotated[
        Path,
        typer.Argument(metavar="DATA", help="Labelled JSON lines, also gzip; - is standard input."),
    ],
    policy: Annotated[
        Path, typer.Option(metavar="P", help="The policy or module that has the detectors.")
    ],
    map: Annotated[
        Path | None,
        typer.Option(metavar="M", help="JSON or YAML: which labels each type of the data is."),
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option(metavar="B.json", help="Counts that must not become worse.")
    ] = None,
    write_baseline: Annotated[
        Path | None, typer.Option(metavar="B.json", help="Write the counts of this run.")
    ] = None,
    tolerance: Annotated[
        int, typer.Option(min=0, metavar="N", help="By how much a count may be worse.")
    ] = 0,
    html: Annotated[
        Path | None, typer.Option(metavar="OUT.html", help="Write what is taken for what.")
    ] = None,
    show_text: Annotated[
        bool, typer.Option("--show-text", help="With --html: show the texts of mistakes.")
    ] = False,
    format: Annotated[Format, typer.Option(help="How to print the result.")] = Format.HUMAN,
    models: Annotated[bool, MODELS] = True,
) -> None:
    """Measure a policy's detectors on labelled texts, and compare with a baseline.

    A line of DATA is an object with text, spans (start, end, type), should_match, spans_complete
    and entity_type. A type counts for the labels that have its name, or those that --map gives it;
    types without a label are listed and not counted. Recall, precision, F1, leaked characters,
    findings in clean texts and speed are printed; texts never are. Speed is not compared.

    Exit status: 0 measured, 1 worse than the baseline or the policy has errors, 2 wrong usage, a
    bad line, or a baseline of other data.
    """
    if show_text and html is None:
        fail("--show-text belongs to --html")
    from epol.compiler.evaluation.baseline import as_text, snapshot

    loaded = load_detectors(policy)
    types = _types(map, loaded)
    result, digest = _tally(data, loaded, types, models)
    shot = snapshot(result, types, digest)
    worse = _compare(baseline, shot, tolerance)
    _print(format, result, types, digest, worse)
    if html is not None:
        from epol.compiler.evaluation.page import page

        title = f"Detection by {loaded.name or policy.stem}"
        write_whole(html, page(result, types, title=title, show_text=show_text))
    if write_baseline is not None:
        write_whole(write_baseline, as_text(shot))
    if worse:
        raise typer.Exit(FINDINGS)


def _types(path: Path | None, policy: Policy) -> TypeMap:
    from epol.compiler.evaluation.mapping import MAX_MAP, MapError, TypeMap, read_map

    if path is None:
        return TypeMap(policy)
    try:
        return TypeMap(policy, read_map(read_input(path, MAX_MAP), policy))
    except MapError as error:
        fail(f"{path}: {error}")


def _tally(data: Path, policy: Policy, types: TypeMap, models: bool) -> tuple[Tally, str]:
    from epol.compiler.evaluation.rows import Rows, RowsError
    from epol.compiler.evaluation.tally import tally
    from epol.compiler.scanning import scanner_of

    rows = Rows(data)
    service = finder(scanner_of(policy), models=models)
    try:
        result = tally(rows, service, types)
    except RowsError as error:
        fail(f"{data}: {error}")
    except OSError as error:
        fail(f"{data}: {error.strerror or error}")
    if not result.texts:
        fail(f"{data}: there is no text in it")
    note_unknown(service)
    return result, rows.digest


def _compare(path: Path | None, shot: dict[str, object], tolerance: int) -> list[Regression]:
    from epol.compiler.evaluation.baseline import (
        MAX_BASELINE,
        BaselineError,
        read_baseline,
        regressions,
    )

    if path is None:
        return []
    try:
        return regressions(read_baseline(read_input(path, MAX_BASELINE)), shot, tolerance)
    except BaselineError as error:
        fail(f"{path}: {error}")


def _print(
    format: Format, result: Tally, types: TypeMap, digest: str, worse: list[Regression]
) -> None:
    from epol.compiler.evaluation.show import human, json_object
    from epol.lang.render import printable

    if format == Format.JSON:
        print_json(json_object(result, types, digest, worse))
        return
    for line in human(result, types):
        typer.echo(printable(line))
    for each in worse:
        typer.echo(f"worse: {printable(each.text)}", err=True)
