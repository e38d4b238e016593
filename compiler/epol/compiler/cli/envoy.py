"""`epolc envoy`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Protocol, cast

import typer

from epol.compiler.cli._gateway import ConfigOption, PolicyOption, gateway_command


class Envoy(Protocol):
    """What the entry point `epol.gateway` names; it gives the exit status."""

    def __call__(self, policy: Path, config: Path | None, *, listen: str) -> int:
        """Serve until a signal ends it."""
        ...


def envoy(
    policy: PolicyOption,
    listen: Annotated[
        str, typer.Option(metavar="A", help="Where Envoy asks: unix:/path or host:port.")
    ],
    config: ConfigOption = None,
) -> None:
    """Decide for Envoy where each AI request goes, and treat it and its answer (ext_proc).

    docs/envoy.md has what Envoy is to be told. Exit status: 0 it was stopped, 2 wrong usage, or
    a policy or configuration that cannot be used.
    """
    start = cast(Envoy, gateway_command("envoy", "gateway,envoy"))
    raise typer.Exit(start(policy, config, listen=listen))
