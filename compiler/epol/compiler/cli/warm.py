"""`epolc warm`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from epol.compiler.cli._common import fail


def warm(
    policies: Annotated[
        list[Path] | None, typer.Argument(help="Policies whose pattern databases are wanted too.")
    ] = None,
) -> None:
    """Compile the kernel, and the pattern databases of policies, for this machine.

    They go into the cache, whose folder is printed, so that no request waits for them. Exit status:
    0 warm, 1 a policy has errors, 2 unreadable input or no kernel.
    """
    from epol.compiler.cli._common import load_detectors
    from epol.compiler.deciding import warm as warm_kernel
    from epol.compiler.scanning import scanner_of
    from epol.engine.bundle.service import EpolError

    try:
        folder, was_there = warm_kernel()
    except EpolError as error:
        fail(str(error))
    typer.echo(f"kernel: {'was there' if was_there else 'compiled'}")
    for path in policies or ():
        scanner_of(load_detectors(path))
        typer.echo(f"{path}: pattern databases are there")
    typer.echo(f"cache: {folder or 'none (EPOL_CACHE is empty, or there is no home)'}")
