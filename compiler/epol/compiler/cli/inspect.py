"""`epolc inspect`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from epol.compiler.cli._common import FINDINGS, fail, print_json

if TYPE_CHECKING:
    from epol.engine.bundle.contents import Bundle


class Format(StrEnum):
    """How the bundle is described."""

    HUMAN = "human"
    JSON = "json"


def inspect(
    bundle: Annotated[Path, typer.Argument(metavar="X.epolb", help="The bundle.")],
    trust: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PATH", help="A public key, or a folder of them; may be given several times."
        ),
    ] = None,
    threshold: Annotated[
        int | None,
        typer.Option(
            min=1, help="With --trust: how many of the keys must have signed, 1 if not given."
        ),
    ] = None,
    sources: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write the policy's files into a new folder too."),
    ] = None,
    format: Annotated[Format, typer.Option(help="How to describe the bundle.")] = Format.HUMAN,
) -> None:
    """Say what is in a bundle, who has signed it, and with --trust whether that is enough.

    Exit status: 0 the bundle is whole, 1 it is not trusted by --trust, 2 it is damaged or
    unreadable, or so is the trust.
    """
    from epol.compiler.report.bundle import human, json
    from epol.engine.bundle.contents import BundleError, read_bundle_file
    from epol.engine.bundle.dsse import is_trusted
    from epol.engine.bundle.trust import load_trust

    if trust is None and threshold is not None:
        fail("--threshold belongs to --trust")
    try:
        trusted = None if trust is None else load_trust(trust, threshold or 1)
        read = read_bundle_file(bundle, trust=None)
        if format == Format.JSON:
            print_json(json(read, trusted))
        else:
            for line in human(read, trusted):
                typer.echo(line)
        enough = trusted is None or is_trusted(read.frame, trusted)
    except BundleError as error:
        fail(str(error))
    if not enough:
        typer.echo(f"error: {bundle} is not trusted; it should not be loaded", err=True)
        raise typer.Exit(FINDINGS)
    if sources is not None:
        _write_sources(read, sources)


def _write_sources(bundle: Bundle, folder: Path) -> None:
    """Write the files where none is yet: their names are checked to be paths below the folder."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        fail(f"{folder} is there already and is not empty")
    try:
        for file in bundle.sources.files:
            path = folder / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.text.encode())
    except OSError as error:
        fail(f"{folder}: {error.strerror or error}")
