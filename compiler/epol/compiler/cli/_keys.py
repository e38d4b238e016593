"""Reading the private keys that commands name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from epol.compiler.cli._common import fail

if TYPE_CHECKING:
    from epol.engine.bundle.ed25519 import PrivateKey

PassphraseVariable = Annotated[
    str | None,
    typer.Option(
        "--passphrase-env",
        metavar="VAR",
        help="The environment variable that has the passphrase of the private key.",
    ),
]


def passphrase(variable: str | None) -> bytes | None:
    """The passphrase in a variable; None where no variable is named."""
    if variable is None:
        return None
    value = os.environ.get(variable, "")
    if not value:
        fail(f"the environment variable {variable} is not set, so there is no passphrase")
    return os.fsencode(value)


def private_key(path: Path, variable: str | None) -> PrivateKey:
    """The private key in a file that nobody else can read."""
    from epol.engine.bundle.contents import BundleError
    from epol.engine.bundle.ed25519 import read_private
    from epol.engine.bundle.files import read_file
    from epol.engine.bundle.trust import MAX_KEY_BYTES

    secret = passphrase(variable)
    try:
        return read_private(read_file(path, MAX_KEY_BYTES, is_secret=True), str(path), secret)
    except BundleError as error:
        fail(str(error))
