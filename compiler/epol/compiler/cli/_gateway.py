"""How commands find the gateway, which the compiler does not import: by entry points."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any

import typer

from epol.compiler.cli._common import fail

PolicyOption = Annotated[
    Path, typer.Option(metavar="P", help="The policy: its source, or its bundle.")
]
ConfigOption = Annotated[
    Path | None, typer.Option(metavar="F", help="The gateway's configuration, in TOML.")
]
HostOption = Annotated[str | None, typer.Option(help="Where to listen; 127.0.0.1 if not given.")]
PortOption = Annotated[
    int | None, typer.Option(min=0, max=65_535, help="The port; 8080 if not given, 0 is any.")
]


def gateway_command(name: str, extras: str = "gateway") -> Any:  # noqa: ANN401 (each its own)
    """What an entry point of the gateway names; `extras` are those that it needs."""
    found = list(entry_points(group="epol.gateway", name=name))
    if not found:
        fail(f"the gateway is not installed here: install epol[{extras}]")
    try:
        return found[0].load()
    except ModuleNotFoundError as error:
        fail(f"the gateway needs {error.name}, which is not installed: install epol[{extras}]")
