"""`epolc sign`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from epol.compiler.cli._common import fail
from epol.compiler.cli._keys import PassphraseVariable, private_key
from epol.compiler.cli._output import write_whole


def sign(
    bundle: Annotated[Path, typer.Argument(metavar="X.epolb", help="The bundle.")],
    key: Annotated[Path, typer.Option(metavar="KEY", help="The private key to sign with.")],
    passphrase_env: PassphraseVariable = None,
) -> None:
    """Add a signature to a bundle; those that it has stay.

    Exit status: 0 signed, 2 a bundle that is damaged, or a key that cannot be read.
    """
    from epol.engine.bundle.container import MAX_BYTES
    from epol.engine.bundle.contents import BundleError
    from epol.engine.bundle.dsse import sign as add_signature
    from epol.engine.bundle.files import read_file
    from epol.engine.bundle.trust import shown

    signer = private_key(key, passphrase_env)
    try:
        data = read_file(bundle, MAX_BYTES)
    except BundleError as error:
        fail(str(error))
    try:
        signed = add_signature(data, signer)
    except BundleError as error:
        fail(f"{bundle}: {error}")
    write_whole(bundle, signed)
    typer.echo(f"{bundle}: signed by {shown(signer.public.id)}")
