"""`epolc new`."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import typer

from epol.compiler.cli._common import fail

_EVERYWHERE = {
    "workflow.yml": ".github/workflows/epol.yml",
    "pre-commit-config.yaml": ".pre-commit-config.yaml",
}
"""What the template's files are called in every new folder."""

_PLAIN = ("policy.epol", "cases.yaml", "README.md")
"""The template's files that a sector has its own of."""


def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is not there yet.")],
    sector: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Begin with the policy of a sector, such as hospital."),
    ] = None,
) -> None:
    """Begin a policy: the policy, its tests, a CI workflow and a pre-commit hook that pass."""
    sources = _sources(sector)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        fail(f"{folder} is there already and is not empty")
    _write(folder, sources)
    inside = f"cd {shlex.quote(str(folder))}"
    typer.echo(f"made {folder}; next: {inside} && epolc check --strict . && epolc test .")


def _sources(sector: str | None) -> dict[str, Traversable]:
    """The files to copy, by their names in the new folder."""
    template = files("epol.compiler").joinpath("template")
    found = {target: template.joinpath(name) for name, target in _EVERYWHERE.items()}
    if sector is None:
        return found | {name: template.joinpath(name) for name in _PLAIN}
    from epol.compiler.sectors import sectors

    known = sectors()
    if sector not in known:
        fail(f"there is no sector {sector}; these are: {', '.join(known)}")
    return found | {path.name: path for path in known[sector].iterdir() if path.is_file()}


def _write(folder: Path, sources: Mapping[str, Traversable]) -> None:
    """Copy the files; what was made is removed again if one cannot be."""
    made = not folder.exists()
    try:
        for name, source in sources.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    except OSError as error:
        if made:
            shutil.rmtree(folder, ignore_errors=True)
        fail(f"{folder}: {error.strerror or error}")
