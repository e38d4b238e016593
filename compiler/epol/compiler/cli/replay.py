"""`epolc replay`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from epol.compiler.cli._common import FINDINGS, fail, load_policy, print_json, print_lines
from epol.compiler.cli._logs import KEY_FILES, LOGS, OPEN, PARTIAL, service


class Format(StrEnum):
    """How the result is printed."""

    HUMAN = "human"
    JSON = "json"


def replay(
    log: Annotated[list[Path], LOGS],
    policy: Annotated[Path, typer.Option(metavar="NEW", help="The policy to decide by.")],
    key_file: Annotated[list[Path] | None, KEY_FILES] = None,
    same_findings: Annotated[
        bool,
        typer.Option(
            "--same-findings",
            help="Take labels and text signals as the log has them, whatever NEW would find.",
        ),
    ] = False,
    assume_defaults: Annotated[
        bool,
        typer.Option(
            "--assume-defaults", help="Take what NEW declares and the log lacks as not given."
        ),
    ] = False,
    partial: Annotated[bool, PARTIAL] = False,
    open: Annotated[bool, OPEN] = False,
    format: Annotated[Format, typer.Option(help="How to print the result.")] = Format.HUMAN,
) -> None:
    """Decide the records of a decision log again under another policy, and count the differences.

    The kinds of difference are those of diff. What the log cannot tell is not guessed: such
    records are counted apart, with the reason. With a key the log is verified too. Exit status:
    0 every decision was made again and is the same, 1 not, or the log is not what was written,
    or the policy has errors, 2 wrong usage, or a file that cannot be read.
    """
    from epol.compiler.deciding import unjudged_bundle
    from epol.compiler.emit.text import text_plan
    from epol.compiler.replay.tally import tally
    from epol.compiler.report.replay import human, json
    from epol.engine.bundle.service import EpolError

    new = load_policy(policy)
    try:
        again = service(key_file).replay(
            log,
            unjudged_bundle(new, text_plan(new)),
            same_findings=same_findings,
            assume_defaults=assume_defaults,
            is_partial=partial,
            is_open=open,
        )
        found = tally(again, new)
    except EpolError as error:
        fail(str(error))
    if format == Format.JSON:
        print_json(json(found))
    else:
        print_lines(human(found))
    if not found.is_alike:
        raise typer.Exit(FINDINGS)
