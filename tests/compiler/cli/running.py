"""Running epolc in this process, on files made for a test."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from epol.compiler.cli import application

HEAD = 'policy t version "1"\nimport std.edge\n'
WARD = "target ward { at local context 8k tools true }\n"
CLOUDY = "target cloudy { at cloud context 64k tools true }\n"


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    status: int
    out: str
    err: str

    def json(self) -> Any:  # noqa: ANN401 (JSON)
        return json.loads(self.out)


def epolc(*arguments: str | Path, stdin: str | bytes | None = None) -> Ran:
    """Run a command; an exception that is not an exit is raised."""
    result = CliRunner().invoke(application(), [str(a) for a in arguments], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)


def write(folder: Path, files: Mapping[str, str] | str) -> Path:
    """Write files into a folder; the path of the first one."""
    named = {"policy.epol": files} if isinstance(files, str) else files
    for name, text in named.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / next(iter(named))
