"""The shell of `console` blocks: epolc in this process, and the few commands beside it."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from typer.testing import CliRunner

from epol.compiler.cli import application

_SETTING = re.compile(r"[A-Z_]+=")
"""A variable of the environment, set for one command."""


@dataclass(frozen=True)
class Step:
    """A command of a session and what it prints."""

    command: str
    output: str


def steps(text: str) -> list[Step]:
    """The commands of a session: lines after `$ `, joined where they end in a backslash."""
    found: list[Step] = []
    command, output = "", list[str]()
    continued = False
    for line in text.splitlines():
        if continued:
            command += " " + line.strip().removeprefix(">").lstrip()
        elif line.startswith("$ "):
            if command:
                found.append(Step(command, "".join(output)))
            command, output = line[2:], []
        else:
            output.append(line + "\n")
            continue
        continued = command.endswith("\\")
        command = command.removesuffix("\\").rstrip() if continued else command
    return [*found, Step(command, "".join(output))] if command else found


def run(command: str) -> tuple[int, str]:
    """Run one command in the current folder; its exit status and all that it prints."""
    status, shown, piped = 0, "", None
    for part in _pipe(command):
        status, shown = _run(part, piped)
        piped = shown
    return status, shown


def _pipe(command: str) -> list[list[str]]:
    words = shlex.split(command)
    parts: list[list[str]] = [[]]
    for word in words:
        if word == "|":
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def _run(words: list[str], stdin: str | None) -> tuple[int, str]:
    settings = dict(word.split("=", 1) for word in takewhile(_SETTING.match, words))
    match words[len(settings) :]:
        case ["epolc", *arguments]:
            result = CliRunner(env=settings).invoke(application(), arguments, input=stdin)
            if result.exception is not None and not isinstance(result.exception, SystemExit):
                raise result.exception
            return result.exit_code, result.output
        case ["cat", *files]:
            return 0, "".join(Path(name).read_text(encoding="utf-8") for name in files)
        case ["cd", folder]:
            os.chdir(folder)
            return 0, ""
        case ["echo", *texts]:
            return 0, " ".join(texts) + "\n"
        case ["ls", *options]:
            hidden = "-A" in options
            names = sorted(p.name for p in Path().iterdir() if hidden or p.name[0] != ".")
            return 0, "".join(f"{name}\n" for name in names)
        case _:
            raise AssertionError(f"the shell of the pages has no `{' '.join(words)}`")


def matches(expected: str, got: str) -> bool:
    """Whether output is as a page shows it; `...` stands for anything, a line of it for lines."""
    return _shape(expected).fullmatch(got.rstrip("\n") + "\n") is not None


def _shape(expected: str) -> re.Pattern[str]:
    lines = expected.rstrip("\n").split("\n") if expected.strip() else [""]
    shapes = [r"(?:[^\n]*\n)*?" if line == "..." else _line(line) + r"\n" for line in lines]
    return re.compile("".join(shapes))


def _line(line: str) -> str:
    return r"[^\n]*".join(re.escape(part) for part in line.split("..."))
