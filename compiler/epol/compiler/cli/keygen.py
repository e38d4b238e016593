"""`epolc keygen`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from epol.compiler.cli._common import fail
from epol.compiler.cli._keys import PassphraseVariable, passphrase


def keygen(
    name: Annotated[
        Path, typer.Argument(metavar="NAME", help="NAME.key and NAME.pub are written.")
    ],
    passphrase_env: PassphraseVariable = None,
) -> None:
    """Make a pair of keys to sign bundles with: NAME.key is private, NAME.pub is public.

    No file is replaced. Exit status: 0 made, 2 a file is there already or cannot be written.
    """
    from epol.engine.bundle.ed25519 import generate
    from epol.engine.bundle.trust import shown

    key = generate()
    private, public = name.with_name(name.name + ".key"), name.with_name(name.name + ".pub")
    _write_new(private, key.pem(passphrase(passphrase_env)), 0o600)
    try:
        _write_new(public, key.public.pem, 0o644)
    except typer.Exit:
        private.unlink()
        raise
    typer.echo(f"{shown(key.public.id)} in {private} (keep it secret) and {public}")


def _write_new(path: Path, data: bytes, mode: int) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        fail(f"{path} is there already; a key is never replaced, so choose another name")
    except OSError as error:
        fail(f"{path}: {error.strerror or error}")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
    except OSError as error:
        path.unlink()
        fail(f"{path}: {error.strerror or error}")
