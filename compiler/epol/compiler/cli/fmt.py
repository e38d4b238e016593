"""`epolc fmt`."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from epol.compiler.cli._common import FINDINGS, fail, policy_files, print_lines, read_input


def fmt(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Policies, folders, or - for a filter.")
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; say what would change.")
    ] = False,
) -> None:
    """Bring policies into the canonical form, keeping every comment.

    Exit status: 0 all is in form (now), 1 a file does not parse or, with --check, is not in form.
    """
    if [str(path) for path in paths] == ["-"]:
        _filter(check=check)
        return
    for path in paths:
        if path.suffix == ".epolb":
            fail(f"{path}: a bundle is not formatted; format the files it is built from")
    results = [_format_file(path, check=check) for path in policy_files(paths)]
    if not all(results):
        raise typer.Exit(FINDINGS)


def _filter(*, check: bool) -> None:
    formatted, text = _formatted("<stdin>", _read(Path("-")))
    if formatted is None or (check and formatted != text):
        raise typer.Exit(FINDINGS)
    if not check:
        sys.stdout.write(formatted)


def _format_file(path: Path, *, check: bool) -> bool:
    """Format one file in place; whether all is well with it."""
    formatted, text = _formatted(str(path), _read(path))
    if formatted is None:
        return False
    if formatted == text:
        return True
    if check:
        typer.echo(f"{path} is not in canonical form", err=True)
        return False
    _replace(path, formatted)
    typer.echo(f"formatted {path}", err=True)
    return True


def _read(path: Path) -> bytes:
    """A file's bytes, as far as a policy may be long: a longer one does not parse."""
    from epol.lang.parser import MAX_SOURCE_BYTES

    return read_input(path, MAX_SOURCE_BYTES)


def _formatted(name: str, data: bytes) -> tuple[str | None, str]:
    """The canonical text (None, with the errors printed, if it does not parse) and the text."""
    from epol.lang.formatter import format_file
    from epol.lang.parser import parse
    from epol.lang.render import render
    from epol.lang.source import Source

    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        fail(f"{name}: the byte at offset {error.start} is not UTF-8")
    parsed = parse(Source(name, text))
    for diagnostic in parsed.diagnostics:
        print_lines(render(diagnostic), err=True)
    return (None if parsed.diagnostics else format_file(parsed)), text


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all: a temporary one beside it takes its place."""
    target = path.resolve()
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        Path(temporary).chmod(target.stat().st_mode)
        Path(temporary).replace(target)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        fail(f"{path}: {error.strerror or error}")
