"""What the commands that read decision logs share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from epol.compiler.cli._common import fail

if TYPE_CHECKING:
    from epol.engine.bundle.service import LogService

LOGS = typer.Argument(metavar="LOG...", help="The log's folder, or files of it.")
KEY_FILES = typer.Option(
    "--key-file",
    metavar="F",
    help="A file with the log's key; may be given several times, where keys have changed.",
)
PARTIAL = typer.Option(
    "--partial", help="Files before the first one and after the last may be gone."
)
OPEN = typer.Option("--open", help="The log is in use, so its end need not be sealed.")


def service(key_files: Sequence[Path] | None) -> LogService:
    """What reads logs, with the keys in files, or that of the environment."""
    from epol.compiler.logs import log_service
    from epol.engine.bundle.service import EpolError

    try:
        return log_service(key_files or ())
    except EpolError as error:
        fail(str(error))
