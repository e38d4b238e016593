"""`epolc serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Protocol, cast

import typer


class Serve(Protocol):
    """What the entry point `epol.gateway` names; it gives the exit status."""

    def __call__(
        self,
        policy: Path,
        config: Path | None,
        *,
        host: str | None,
        port: int | None,
        workers: int | None,
    ) -> int:
        """Serve until a signal ends it."""
        ...


def serve(
    policy: Annotated[
        Path, typer.Option(metavar="P", help="The policy: its source, or its bundle.")
    ],
    config: Annotated[
        Path | None, typer.Option(metavar="F", help="The gateway's configuration, in TOML.")
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="Where to listen; 127.0.0.1 if not given.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="The port; 8080 if not given, 0 is any.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, help="How many processes serve; 1 if not given.")
    ] = None,
) -> None:
    """Serve AI requests: each goes to the model that the policy chooses, treated as it says.

    Clients of OpenAI and Anthropic need only its address. Exit status: 0 it was stopped, 2 wrong
    usage, or a policy or configuration that cannot be used.
    """
    from epol.compiler.cli._gateway import gateway_command

    start = cast(Serve, gateway_command("serve"))
    raise typer.Exit(start(policy, config, host=host, port=port, workers=workers))
