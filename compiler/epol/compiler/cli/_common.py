"""What the commands share: finding files, printing, exit statuses."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from epol.compiler.pipeline import Compiled
    from epol.lang.model import Policy
    from epol.lang.render import Line

OK, FINDINGS, USAGE = 0, 1, 2

_COLOURS = {
    "error": "bold red",
    "warning": "bold yellow",
    "note": "bold cyan",
    "code": "bold",
    "place": "blue",
    "mark": "bold red",
    "label": "cyan",
    "help": "bold green",
    "text": "",
}


def fail(message: str) -> NoReturn:
    """Stop with the status of wrong usage or unreadable input."""
    from epol.lang.render import printable

    typer.echo(f"error: {printable(message)}", err=True)
    raise typer.Exit(USAGE)


def print_lines(lines: Iterable[Line], *, err: bool = False) -> None:
    """Styled lines; in colour on a terminal only."""
    stream = sys.stderr if err else sys.stdout
    if not stream.isatty():
        from epol.lang.render import plain

        for line in lines:
            typer.echo(plain([line]), err=err)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, soft_wrap=True, highlight=False)
    for line in lines:
        console.print(Text.assemble(*[(text, _COLOURS[style]) for text, style in line]))


def print_json(value: object, *, pretty: bool = True) -> None:
    """JSON with exact decimals, on standard output."""
    import msgspec

    data = encode_json(value)
    typer.echo(msgspec.json.format(data, indent=2) if pretty else data)


def encode_json(value: object) -> bytes:
    """JSON in one line; a Decimal is a number with all its digits."""
    import msgspec

    return msgspec.json.Encoder(decimal_format="number").encode(value)


def policy_files(paths: Iterable[Path]) -> list[Path]:
    """The policies that paths name: files and bundles, and the `.epol` files of folders."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in _visible(path) if p.suffix == ".epol" and p.is_file())
            if not inside:
                fail(f"{path}: there is no .epol file in this folder")
            files += inside
        elif not path.exists():
            fail(f"{path}: no such file or folder")
        else:
            files.append(path)
    return list(dict.fromkeys(files))


def _visible(folder: Path) -> Iterator[Path]:
    """Everything below a folder but what hidden folders hold."""
    for path in folder.rglob("*"):
        if not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def named(path: Path) -> Path:
    """A path as it is, or the file of the standard module that it names."""
    from epol.compiler.resolve.stdlib import path_of

    return path if path.exists() else path_of(str(path)) or path


def load_policy(path: Path) -> Policy:
    """A policy that can be run; one with errors is shown and ends the command."""
    compiled = _compile(path)
    if compiled.unit.root.module is not None:
        fail(f"{path}: this is a module; name the policy that imports it")
    return usable(compiled)


def load_detectors(path: Path) -> Policy:
    """As `load_policy`, for what needs no targets: a module will do, a standard one by name."""
    return usable(_compile(named(path)))


def _compile(path: Path) -> Compiled:
    from epol.compiler.pipeline import compile_policy
    from epol.compiler.resolve.loader import UnreadableError

    (file,) = policy_files([path]) if not path.is_dir() else (path,)
    try:
        return compile_policy(file)
    except UnreadableError as error:
        fail(str(error))


def usable(compiled: Compiled) -> Policy:
    """The policy of a build without errors; else the errors are shown."""
    from epol.lang.diagnostics import Severity
    from epol.lang.render import render

    if compiled.policy is not None:
        return compiled.policy
    for diagnostic in compiled.diagnostics:
        if diagnostic.severity == Severity.ERROR:
            print_lines(render(diagnostic), err=True)
    typer.echo("error: the policy has errors, so nothing can be decided with it", err=True)
    raise typer.Exit(FINDINGS)


def read_input(path: Path, most: int) -> bytes:
    """The bytes of a file, or of standard input for `-`: `most` of them and one more.

    Whoever reads them refuses what is longer, and nothing is read beyond.
    """
    from epol.compiler.texts import standard_input

    try:
        if str(path) == "-":
            return standard_input().read(most + 1)
        with path.open("rb") as stream:
            return stream.read(most + 1)
    except OSError as error:
        fail(f"{path}: {error.strerror or error}")


def request_lines(path: Path) -> Iterator[bytes]:
    """The lines of a file, or of standard input for `-`; of one that is too long the start.

    It is longer than a request may be then, and whoever reads it refuses it.
    """
    from epol.compiler.texts import standard_input
    from epol.lang.request import MAX_REQUEST_BYTES

    try:
        stream = standard_input() if str(path) == "-" else path.open("rb")
    except OSError as error:
        fail(f"{path}: {error.strerror or error}")
    with stream:
        while line := stream.readline(MAX_REQUEST_BYTES + 2):
            yield line
            while line and not line.endswith(b"\n"):  # the rest of an oversized line
                line = stream.readline(MAX_REQUEST_BYTES)


def seconds(text: str) -> float:
    """A duration option such as `30s` in seconds."""
    from epol.lang.literals import Kind, LiteralError, parse_number

    try:
        quantity = parse_number(text)
    except LiteralError as error:
        raise typer.BadParameter(str(error)) from None
    if quantity.kind != Kind.DURATION:
        raise typer.BadParameter(f"`{text}` is not a duration such as 30s")
    return quantity.value / 1_000_000
