"""`epolc mcp`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Protocol, cast

import typer

from epol.compiler.cli._gateway import (
    ConfigOption,
    HostOption,
    PolicyOption,
    PortOption,
    gateway_command,
)


class Mcp(Protocol):
    """What the entry point `epol.gateway` names; it gives the exit status."""

    def __call__(
        self,
        policy: Path,
        config: Path | None,
        *,
        command: Sequence[str],
        target: str | None,
        host: str | None,
        port: int | None,
    ) -> int:
        """Stand before a server until it or a signal ends it."""
        ...


def mcp(
    policy: PolicyOption,
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="[-- COMMAND...]", help="The server, run beside the client."),
    ] = None,
    config: ConfigOption = None,
    target: Annotated[
        str | None, typer.Option(metavar="T", help="The target that the client's model is.")
    ] = None,
    host: HostOption = None,
    port: PortOption = None,
) -> None:
    """Stand before a server of MCP: what it says to a model, and tools are told, is treated.

    With a command the server is run, and the client speaks on standard input; without, the server
    is at `url` in [mcp] and clients come by HTTP.  Exit status: that of the server, 0 it was
    stopped, 2 wrong usage, or a policy or configuration that cannot be used.
    """
    start = cast(Mcp, gateway_command("mcp"))
    raise typer.Exit(
        start(policy, config, command=command or (), target=target, host=host, port=port)
    )
