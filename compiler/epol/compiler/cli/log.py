"""`epolc log`."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from epol.compiler.cli._common import FINDINGS, encode_json, fail, print_json
from epol.compiler.cli._logs import KEY_FILES, LOGS, OPEN, PARTIAL, service

if TYPE_CHECKING:
    from epol.engine.bundle.service import LogLine

log = typer.Typer(no_args_is_help=True, help="Verify and show a decision log.")


class Format(StrEnum):
    """How the result is printed."""

    HUMAN = "human"
    JSON = "json"


@log.command()
def verify(
    files: Annotated[list[Path], LOGS],
    key_file: Annotated[list[Path] | None, KEY_FILES] = None,
    partial: Annotated[bool, PARTIAL] = False,
    open: Annotated[bool, OPEN] = False,
    head: Annotated[
        str | None,
        typer.Option(
            metavar="N:CODE", help="A head that was noted before: it must still be there."
        ),
    ] = None,
    format: Annotated[Format, typer.Option(help="How to print the result.")] = Format.HUMAN,
) -> None:
    """Say whether a decision log is what was written: no line altered, removed, added or moved.

    All files together are one log. The key is the one that it was written under: that of
    --key-file, EPOL_LOG_KEY_FILE or EPOL_LOG_KEY. Exit status: 0 it is, 1 it is not, 2 wrong
    usage, no key, or a file that cannot be read.
    """
    from epol.compiler.report.log import human, json
    from epol.engine.bundle.service import EpolError

    try:
        report = service(key_file).verify(files, is_partial=partial, is_open=open, head=head)
    except EpolError as error:
        fail(str(error))
    if format == Format.JSON:
        print_json(json(report))
    else:
        for line in human(report):
            typer.echo(line)
    if report.count:
        raise typer.Exit(FINDINGS)


@log.command()
def show(
    files: Annotated[list[Path], LOGS],
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Only such records; several must all hold."),
    ] = None,
    last: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Only the last so many of them.")
    ] = None,
    format: Annotated[Format, typer.Option(help="How to print the records.")] = Format.HUMAN,
) -> None:
    """Print the records of a decision log, one a line. Nothing is verified, and no key is needed.

    --where takes status, flow, target, producer, failure, rule (one that fired or is a reason),
    label, unknown, tag, policy (its name), version, digest, and kind for lines that are no
    decisions; session, caller and body are digests. Exit status: 0 shown, 2 wrong usage, or a file
    that cannot be read.
    """
    from epol.compiler.report.log import record
    from epol.compiler.report.log_where import conditions, holds
    from epol.engine.bundle.service import EpolError

    try:
        wanted = conditions(where or ())
    except ValueError as error:
        fail(str(error))
    try:
        lines: Iterable[LogLine] = service(()).lines(files)
        found = (line for line in lines if holds(line.fields(), wanted))
        for line in found if last is None else deque(found, last):
            fields = line.fields()
            typer.echo(encode_json(fields) if format == Format.JSON else record(fields))
    except EpolError as error:
        fail(str(error))
