"""The files of a log: `000001.jsonl` and so on in a folder of its own."""

from __future__ import annotations

import os
import re
from pathlib import Path

from epol.engine.errors import LogError

LOCK = "lock"
NEW = ".new"
_NAME = re.compile(r"(\d{6,9})\.jsonl\Z", re.ASCII)


def file_of(folder: Path, number: int) -> Path:
    """The file of a number, which counts from 1."""
    return folder / f"{number:06d}.jsonl"


def last_file(folder: Path) -> int:
    """The number of the last file; 0 where there is none.  Raises `LogError`."""
    return max(numbers_in(folder), default=0)


def numbers_in(folder: Path) -> list[int]:
    """The numbers of a log's files, ascending.  Raises `LogError`."""
    try:
        names = os.listdir(folder)  # noqa: PTH208 (names are all that is wanted)
    except OSError as error:
        raise LogError(f"{folder}: {error.strerror or error}") from None
    return sorted(int(found[1]) for found in map(_NAME.match, names) if found)


def make_folder(folder: Path) -> None:
    """Make the folder of a log where it is not there, for its owner alone.

    Raises `LogError`, also for one that others may write to.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
    except OSError as error:
        raise LogError(f"{folder}: {error.strerror or error}") from None
    if status.st_mode & 0o022:
        raise LogError(
            f"{folder}: others than its owner may write to the log's folder; make it 0700"
        )
