"""`epolc new`."""

from __future__ import annotations

import shlex
import shutil
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from epol.compiler.cli._common import fail

_FILES = {
    "policy.epol": "policy.epol",
    "cases.yaml": "cases.yaml",
    "workflow.yml": ".github/workflows/epol.yml",
    "pre-commit-config.yaml": ".pre-commit-config.yaml",
    "README.md": "README.md",
}
"""What the template's files are called in the new folder."""


def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is not there yet.")],
) -> None:
    """Begin a policy: the policy, its tests, a CI workflow and a pre-commit hook that pass."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        fail(f"{folder} is there already and is not empty")
    template = files("epol.compiler").joinpath("template")
    made = not folder.exists()
    try:
        for name, target in _FILES.items():
            path = folder / target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(template.joinpath(name).read_text(encoding="utf-8"), encoding="utf-8")
    except OSError as error:
        if made:
            shutil.rmtree(folder, ignore_errors=True)
        fail(f"{folder}: {error.strerror or error}")
    inside = f"cd {shlex.quote(str(folder))}"
    typer.echo(f"made {folder}; next: {inside} && epolc check --strict . && epolc test .")
