"""`epolc scan`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from epol.compiler.cli._common import FINDINGS, USAGE, encode_json, fail, load_detectors
from epol.compiler.cli._models import MODELS, finder, note_unknown

if TYPE_CHECKING:
    from epol.compiler.scan_file import FileScan
    from epol.compiler.treaters import Treater
    from epol.engine.bundle.service import TextService
    from epol.lang.model import Policy


class Format(StrEnum):
    """How findings are printed."""

    HUMAN = "human"
    JSON = "json"


def scan(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE...]", help="Files and folders; standard input if none is given (or -)."
        ),
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(metavar="P", help="The policy or module that has the detectors.")
    ] = None,
    treat: Annotated[
        str | None,
        typer.Option(
            metavar="TREATMENT",
            help="Print the text treated: mask, generalize, tokenize, hash, redact, drop, or "
            "`policy` for what the policy does on the way to --target.",
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="T", help="With --treat policy: the target.")
    ] = None,
    format: Annotated[Format, typer.Option(help="How to print what is found.")] = Format.HUMAN,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say for each finding what spoke for it.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with status 1 if anything is found.")
    ] = False,
    models: Annotated[bool, MODELS] = True,
) -> None:
    """Find sensitive data in text with a policy's detectors, and treat it.

    Findings are named by place and label; the text itself is shown only treated. Exit status: 0
    scanned, 1 something was found (with --strict), the policy has errors, or it does not let a
    text go to --target, 2 wrong usage, or a file that cannot be read or examined; nothing treated
    of such a file is printed.
    """
    if policy is None:
        fail("name what has the detectors: --policy FILE")
    from epol.compiler.scanning import scanner_of

    loaded = load_detectors(policy)
    service = finder(scanner_of(loaded), models=models)
    treater = None if treat is None else _treater(service, loaded, treat, target, models)
    if treat is None and target is not None:
        fail("--target belongs to --treat policy")
    run = _Run(service, treater, format, explain)
    for path in files or [Path("-")]:
        run.scan(path)
    note_unknown(service)
    if run.status or (strict and run.found):
        raise typer.Exit(run.status or FINDINGS)


def _treater(
    service: TextService, policy: Policy, treat: str, target: str | None, models: bool
) -> Treater:
    from epol.compiler.treaters import KEY_VARIABLE, treater

    try:
        made, is_passing = treater(service, policy, treat, target, models=models)
    except ValueError as error:
        fail(str(error))
    if is_passing:
        note = f"note: {KEY_VARIABLE} is not set, so tokens and hashes differ from run to run"
        typer.echo(note, err=True)
    return made


class _Run:
    """The files of one command, what was found in them, and the exit status so far."""

    def __init__(
        self, service: TextService, treater: Treater | None, format: Format, explain: bool
    ) -> None:
        self.service, self.treater, self.format, self.explain = service, treater, format, explain
        self.found, self.status = 0, 0

    def scan(self, path: Path) -> None:
        """Scan a file, a folder's files or standard input, and print what is found."""
        from epol.compiler.texts import files_in

        try:
            paths = [path] if str(path) == "-" else list(files_in(path))
        except OSError as error:
            self._failed(path, error.strerror or str(error))
            return
        with _progress(paths) as seen:
            for each in paths:
                self._scan_one(each, seen)

    def _scan_one(self, path: Path, seen: Callable[[int], None]) -> None:
        from epol.compiler.scan_file import scan_file, spool
        from epol.compiler.texts import open_text
        from epol.compiler.treaters import RefusedError
        from epol.engine.bundle.service import ScanLimitError
        from epol.lang.render import printable

        name = printable(str(path))
        with spool() as treated:
            try:
                with open_text(path) as stream:
                    result = scan_file(name, stream, self.service, self.treater, treated, seen)
            except RefusedError as error:
                message = f"the policy does not let this text go there ({error})"
                self._failed(path, message, FINDINGS)
            except UnicodeError:
                self._failed(path, "the text is not in the encoding that its first bytes announce")
            except ScanLimitError as error:
                self._failed(path, str(error))
            except OSError as error:
                self._failed(path, error.strerror or str(error))
            else:
                self._print(result)
                self.found += len(result.findings)

    def _failed(self, path: Path, message: str, status: int = USAGE) -> None:
        from epol.lang.render import printable

        typer.echo(f"error: {printable(f'{path}: {message}')}", err=True)
        self.status = max(self.status, status)

    def _print(self, result: FileScan) -> None:
        from epol.compiler.report.scan import OPAQUE, human, json_object

        if self.format == Format.JSON:
            treated = None
            if result.treated is not None and not result.dropped:
                treated = result.treated.read().decode(result.encoding, "replace")
            sys.stdout.buffer.write(
                encode_json(json_object(result, treated, explain=self.explain)) + b"\n"
            )
        elif result.treated is not None:
            if result.opaque:
                typer.echo(f"note: {result.name}: {OPAQUE}", err=True)
            shutil.copyfileobj(result.treated, sys.stdout.buffer)
        else:
            for line in human(result, explain=self.explain):
                sys.stdout.buffer.write(f"{line}\n".encode("utf-8", "replace"))
        sys.stdout.buffer.flush()


@contextmanager
def _progress(paths: list[Path]) -> Generator[Callable[[int], None]]:
    """A bar over the bytes of several files, on a terminal only."""
    if not sys.stderr.isatty() or [str(path) for path in paths] == ["-"]:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    total = sum(path.stat().st_size for path in paths if path.is_file())
    columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda count: progress.advance(task, count)
