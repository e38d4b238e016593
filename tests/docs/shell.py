"""The shell of `console` blocks: epolc in this process, and the few commands beside it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

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
        case ["epolc", *arguments, "&"]:
            epolc = str(Path(sys.executable).parent / "epolc")
            return 0, _begin([epolc, *arguments], settings)
        case ["epolc", *arguments]:
            result = CliRunner(env=settings).invoke(application(), arguments, input=stdin)
            if result.exception is not None and not isinstance(result.exception, SystemExit):
                raise result.exception
            return result.exit_code, result.output
        case ["python", *arguments, "&"]:
            return 0, _begin([sys.executable, *arguments], settings)
        case ["curl", *arguments]:
            return 0, _curl(arguments)
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


_begun: list[subprocess.Popen[str]] = []


def end_all() -> None:
    """End what sessions have begun with `&`."""
    while _begun:
        process = _begun.pop()
        process.terminate()
        process.communicate(timeout=30)


def _begin(command: list[str], settings: dict[str, str]) -> str:
    """Begin a server, up to the line that says where it listens: all that it prints until then."""
    process = subprocess.Popen(
        command,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    _begun.append(process)
    assert process.stdout is not None
    said: list[str] = []
    while line := process.stdout.readline():
        said.append(line)
        if "http://" in line:
            return "".join(said)
    raise AssertionError("".join(said))


def _curl(arguments: list[str]) -> str:
    """What curl shows of one request: `-i` with status and headers; `-H`, `-d`, `-s` as there."""
    words = iter(arguments)
    url, data, shows_head = "", None, False
    headers: dict[str, str] = {}
    for word in words:
        match word:
            case "-s":
                pass
            case "-i":
                shows_head = True
            case "-d":
                data = next(words).encode()
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case _:
                url = word
    # As curl without a proxy in its environment.
    opener = build_opener(ProxyHandler({}))
    try:
        answer = opener.open(Request(url, data, headers), timeout=60)
    except HTTPError as error:
        answer = error
    with answer:
        body: bytes = answer.read()
        head = f"HTTP/1.1 {answer.status} {answer.reason}\n{answer.headers}".rstrip("\n") + "\n\n"
        return (head if shows_head else "") + body.decode() + "\n"


def matches(expected: str, got: str) -> bool:
    """Whether output is as a page shows it; `...` stands for anything, a line of it for lines."""
    return _shape(expected).fullmatch(got.rstrip("\n") + "\n") is not None


def _shape(expected: str) -> re.Pattern[str]:
    lines = expected.rstrip("\n").split("\n") if expected.strip() else [""]
    shapes = [r"(?:[^\n]*\n)*?" if line == "..." else _line(line) + r"\n" for line in lines]
    return re.compile("".join(shapes))


def _line(line: str) -> str:
    return r"[^\n]*".join(re.escape(part) for part in line.split("..."))
