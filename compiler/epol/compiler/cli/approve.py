"""`epolc approve`."""

from __future__ import annotations

from typing import Annotated, Protocol, cast

import typer


class Approve(Protocol):
    """What the entry point `epol.gateway` names; it gives the exit status."""

    def __call__(self, gateway: str, held: str | None, *, refuse: bool) -> int:
        """List what waits, or say a word about one of it."""
        ...


def approve(
    held: Annotated[
        str | None, typer.Argument(metavar="HOLD", help="Which request; none: list them.")
    ] = None,
    gateway: Annotated[
        str, typer.Option(metavar="URL", help="The gateway.")
    ] = "http://127.0.0.1:8080",
    refuse: Annotated[bool, typer.Option("--refuse", help="Refuse it instead.")] = False,
) -> None:
    """Let a request go that a gateway holds for a person, or list those that wait.

    EPOL_ADMIN_KEY has the operator's key. Exit status: 0 done, 1 the gateway did not do it,
    2 wrong usage, or no gateway there.
    """
    from epol.compiler.cli._gateway import gateway_command

    say = cast(Approve, gateway_command("approve"))
    raise typer.Exit(say(gateway, held, refuse=refuse))
