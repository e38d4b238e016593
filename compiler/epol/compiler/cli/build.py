"""`epolc build`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from epol.compiler.cli._common import FINDINGS, fail, policy_files, print_lines, seconds
from epol.compiler.cli._keys import PassphraseVariable, private_key
from epol.compiler.cli._output import write_whole

if TYPE_CHECKING:
    from epol.compiler.examine import Examination
    from epol.compiler.pipeline import Compiled
    from epol.engine.bundle.ed25519 import PrivateKey


def build(
    policy: Annotated[Path, typer.Argument(help="The policy.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="X.epolb", help="The bundle to write.")
    ],
    sign: Annotated[
        Path | None, typer.Option(metavar="KEY", help="The private key to sign with.")
    ] = None,
    passphrase_env: PassphraseVariable = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail too.")] = False,
    budget: Annotated[
        str, typer.Option(help="Time for the policy's tests and analyses, as in 30s.")
    ] = "60s",
) -> None:
    """Check a policy and write it as a bundle, which engines load.

    Exit status: 0 written, 1 findings, and nothing is written, 2 wrong usage, unreadable input, or
    the bundle cannot be written.
    """
    from epol.engine.bundle.contents import BundleError
    from epol.lang.diagnostics import Severity

    if output.suffix != ".epolb":
        fail(f"{output}: a bundle is called NAME.epolb, so that commands know it")
    signer = None if sign is None else private_key(sign, passphrase_env)
    compiled, examination = _examined(policy, seconds(budget))
    failing = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    if any(examination.count(severity) for severity in failing):
        typer.echo(f"error: the policy has findings, so {output} is not written", err=True)
        raise typer.Exit(FINDINGS)
    try:
        data, digest = _bundle(compiled, examination, signer)
    except BundleError as error:
        fail(f"{policy}: {error}")
    write_whole(output, data)
    typer.echo(f"{output}: {digest}, {len(data):,} bytes")


def _examined(path: Path, budget: float) -> tuple[Compiled, Examination]:
    """What is known of the policy; its findings are shown."""
    from epol.compiler import deciding
    from epol.compiler.examine import judge
    from epol.compiler.pipeline import compile_policy
    from epol.compiler.report.human import human
    from epol.compiler.resolve.loader import UnreadableError

    if path.is_dir():
        fail(f"{path}: name one policy, not a folder")
    (file,) = policy_files([path])
    deadline = time.monotonic() + budget
    deciding.begin()
    try:
        compiled = compile_policy(file)
    except UnreadableError as error:
        fail(str(error))
    examination = judge(compiled, deadline)
    if examination.diagnostics:
        print_lines(human([examination]), err=True)
    return compiled, examination


def _bundle(
    compiled: Compiled, examination: Examination, signer: PrivateKey | None
) -> tuple[bytes, str]:
    """The bundle's bytes and its digest."""
    from epol.compiler.building import bundle_of
    from epol.engine.bundle import dsse
    from epol.engine.bundle.contents import read_bundle

    data = bundle_of(compiled, examination)
    if signer is not None:
        data = dsse.sign(data, signer)
    return data, read_bundle(data, trust=None).digest
