"""Model detectors in commands: run where they are installed, named where they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from epol.engine.bundle.service import TextService

MODELS: Any = typer.Option(
    "--models/--no-models", help="Run the detectors that are models, where they are installed."
)
"""The option that commands share."""


def finder(service: TextService, *, models: bool) -> TextService:
    """The scanner that a command uses."""
    from epol.compiler.modelled import with_models

    return with_models(service, models=models)


def note_unknown(service: TextService) -> None:
    """Say on standard error which labels stayed unknown, and why."""
    from epol.compiler.modelled import Modelled
    from epol.lang.render import printable

    if isinstance(service, Modelled):
        unknown = service.unknown
    else:
        unknown = {each.label: "models are not run" for each in service.models}
    for label, why in sorted(unknown.items()):
        note = f"note: {label} is unknown, not absent, where nothing is found of it: {why}"
        typer.echo(printable(note), err=True)
