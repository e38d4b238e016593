"""`epolc check --watch`: check files again when they, or what they import, change."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from epol.engine.bundle.pausing import uncollected

if TYPE_CHECKING:
    from epol.compiler.examine import Examination
    from epol.compiler.rechecking import Checker

PAUSE = 0.1
"""Seconds between two looks at the files."""

_TICK = 20_000_000
"""Nanoseconds by which the time of a file may lag behind the clock."""
_UNLIKE = (0, -1)

_Seen = dict[Path, tuple[int, int] | None]
"""When each file was written, in nanoseconds, and how long it is; None if it is not there."""


def watch(files: Sequence[Path], budget: float, show: Callable[[Examination], None]) -> None:
    """Check files whenever they change, until a key or a signal ends it."""
    from epol.compiler.rechecking import Checker

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    checkers = {file: Checker(file, budget) for file in files}
    seen: dict[Path, _Seen] = {}
    try:
        while True:
            for file, checker in checkers.items():
                # Looked at before the check: what changes while it runs is checked again.
                before, began = _look(seen.get(file, [file])), time.time_ns()
                if seen.get(file) != before:
                    result = _checked(checker, show)
                    read = frozenset[Path]() if result is None else result.files
                    seen[file] = _as_read(read, began) | before
            time.sleep(PAUSE)
    except KeyboardInterrupt:
        return


def _checked(checker: Checker, show: Callable[[Examination], None]) -> Examination | None:
    """Check a file and show what is found; what the engine says of witnesses comes after."""
    from epol.compiler.resolve.loader import UnreadableError

    try:
        with uncollected(then_collect=True):
            result = checker.examine()
            show(result)
            doubt = checker.doubts()
    except UnreadableError as error:
        typer.echo(f"error: {error}", err=True)
        return None
    if doubt is not None:
        typer.echo(f"warning: {doubt}", err=True)
    return result


def _as_read(files: Iterable[Path], began: int) -> _Seen:
    """As files were when a check that `began` at a time read them for the first time.

    Nobody knows it of one that was written since: it is as no file is, and so checked again.
    """
    found = _look(files)
    late = {file: _UNLIKE for file, sign in found.items() if sign and sign[0] > began - _TICK}
    return found | late


def _look(files: Iterable[Path]) -> _Seen:
    return {file: _signature(file) for file in files}


def _signature(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
