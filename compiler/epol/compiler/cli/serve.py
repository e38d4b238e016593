"""`epolc serve`."""

from __future__ import annotations

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
    policy: PolicyOption,
    config: ConfigOption = None,
    host: HostOption = None,
    port: PortOption = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, help="How many processes serve; 1 if not given.")
    ] = None,
) -> None:
    """Serve AI requests: each goes to the model that the policy chooses, treated as it says.

    Clients of OpenAI and Anthropic need only its address. Exit status: 0 it was stopped, 2 wrong
    usage, or a policy or configuration that cannot be used.
    """
    start = cast(Serve, gateway_command("serve"))
    raise typer.Exit(start(policy, config, host=host, port=port, workers=workers))
