"""How commands find the gateway, which the compiler does not import: by entry points."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

from epol.compiler.cli._common import fail


def gateway_command(name: str, extras: str = "gateway") -> Any:  # noqa: ANN401 (each its own)
    """What an entry point of the gateway names; `extras` are those that it needs."""
    found = list(entry_points(group="epol.gateway", name=name))
    if not found:
        fail(f"the gateway is not installed here: install epol[{extras}]")
    try:
        return found[0].load()
    except ModuleNotFoundError as error:
        fail(f"the gateway needs {error.name}, which is not installed: install epol[{extras}]")
