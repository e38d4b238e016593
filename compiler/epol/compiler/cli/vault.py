"""`epolc vault`."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from epol.compiler.cli._common import FINDINGS, fail, read_input

if TYPE_CHECKING:
    from epol.engine.bundle.service import VaultService

_MOST_BYTES = 1_000_000

vault = typer.Typer(
    no_args_is_help=True,
    help="Look after the vault that EPOL_VAULT names, with the keys of EPOL_VAULT_KEY or of the"
    " file EPOL_VAULT_KEY_FILE.",
)

Stdin = Annotated[
    str | None, typer.Option(metavar="-", help="Their names, one a line, on standard input.")
]


@contextmanager
def _opened() -> Generator[VaultService]:
    """The vault, and its errors in words."""
    from epol.compiler.deciding import open_vault
    from epol.engine.bundle.service import EpolError

    try:
        service = open_vault()
        try:
            yield service
        finally:
            service.close()
    except EpolError as error:
        fail(str(error))


@vault.command()
def show() -> None:
    """Print how many sessions and values the vault holds. Exit status: 0, or 2 no vault."""
    with _opened() as service:
        sessions, values = service.count()
    typer.echo(f"{sessions} sessions, {values} values")


@vault.command()
def erase(subject: Stdin = None, session: Stdin = None) -> None:
    """Forget sessions at once: those about people, or those that are named.

    Names are read from standard input, one a line: arguments of a command can be seen by others.
    Erasing is not undone. Exit status: 0 erased, 2 wrong usage or no vault.
    """
    if [subject, session].count(None) != 1 or "-" not in (subject, session):
        fail("names come from standard input: `erase --subject -`, or `erase --session -`")
    names = _names()
    with _opened() as service:
        one = service.erase_session if subject is None else service.erase_subject
        values = sum(one(name) for name in names)
    typer.echo(f"{values} values erased")


def _names() -> list[str]:
    data = read_input(Path("-"), _MOST_BYTES)
    try:
        names = [line.removesuffix("\r") for line in data.decode().split("\n") if line.strip()]
    except UnicodeDecodeError:
        fail("standard input: names are UTF-8")
    if len(data) > _MOST_BYTES or not names:
        fail(f"standard input: there are no names, or more than {_MOST_BYTES} bytes")
    return names


@vault.command()
def expire() -> None:
    """Forget sessions whose time is over. Exit status: 0 done, 2 no vault."""
    with _opened() as service:
        values = service.expire()
    typer.echo(f"{values} values erased")


@vault.command()
def rotate() -> None:
    """Bring all sessions under the newest key; afterwards the older ones are not needed.

    Tokens stay as they are. Exit status: 0 done, 1 the key of some sessions is not there, 2 no
    vault.
    """
    with _opened() as service:
        rewrapped, unreadable = service.rotate()
    typer.echo(f"{rewrapped} sessions brought under the newest key")
    if unreadable:
        typer.echo(f"{unreadable} sessions are under keys that are not here", err=True)
        raise typer.Exit(FINDINGS)
