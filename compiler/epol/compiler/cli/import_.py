"""`epolc import`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from epol.compiler.cli._common import FINDINGS, fail, read_input
from epol.compiler.cli._output import write_whole

import_ = typer.Typer(no_args_is_help=True, help="Write rules of other tools as a module.")


@import_.callback()
def _import() -> None:
    """Keep the group a group while it has one command."""


@import_.command()
def gitleaks(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.toml", help="The rules; - for standard input.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="OUT.epol", help="Where to write the module."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with status 1 if anything is left out.")
    ] = False,
) -> None:
    """Write a team's own gitleaks or betterleaks rules as a module of detectors.

    Each rule becomes a label, secret.imported.ID, and a detector with its patterns, stopwords and
    entropy. What has no form here, such as a condition on a file's path, is left out and named on
    standard error and in the module: where a condition is left out the detector finds more, where
    a rule is left out nothing does its work. Nothing is fetched.

    Exit status: 0 written, 1 no rule could be written, or something is left out (with --strict;
    the module is written all the same), 2 the file cannot be read or is no rules file.
    """
    from epol.compiler.importing.document import MAX_BYTES, ConfigError, read_config
    from epol.compiler.importing.gitleaks import convert
    from epol.compiler.importing.module import TooLargeError
    from epol.lang.render import printable

    try:
        name = "rules.toml" if str(file) == "-" else file.name
        conversion = convert(name, read_config(read_input(file, MAX_BYTES)))
    except (ConfigError, TooLargeError) as error:
        fail(f"{file}: {error}")
    for line in conversion.report:
        typer.echo(printable(line), err=True)
    if conversion.text is None:
        raise typer.Exit(FINDINGS)
    if output is None:
        sys.stdout.buffer.write(conversion.text.encode())
    else:
        write_whole(output, conversion.text)
    if strict and conversion.losses:
        raise typer.Exit(FINDINGS)
