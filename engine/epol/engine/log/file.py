"""One file of a log, open at its end."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from epol.engine.errors import LogError
from epol.engine.log.begin import Begin, Torn, read_begin
from epol.engine.log.chain import MAX_LINE, Line, Stated, stated
from epol.engine.log.folder import NEW, file_of

_READ = 1 << 20
_FIRST_LINE = 4096


class OpenFile:
    """A file that lines are appended to.  `size` and `lines` are what was read or written of it.

    `begin` is its first line, which counts as read only with the others.
    """

    def __init__(self, folder: Path, number: int) -> None:
        """Open a file that is there.  Raises `LogError`."""
        self.path, self.number = file_of(folder, number), number
        # Asked for once a line, so the cheapest way.
        self._name, self._next = str(self.path), str(file_of(folder, number + 1))
        self._handle = open_handle(self.path, os.O_RDWR | os.O_APPEND)
        self._inode = os.fstat(self._handle).st_ino
        self.size = self.lines = 0
        try:
            self.begin = self._first_line()
        except LogError:
            self.close()
            raise

    def _first_line(self) -> Begin:
        data = os.pread(self._handle, _FIRST_LINE, 0)
        try:
            return read_begin(stated(data[: data.find(b"\n") + 1]))
        except LogError as error:
            raise LogError(f"{self.path}: {error}") from None

    def has_grown(self) -> bool:
        """Whether others have written to it.

        Raises `LogError` where it is not there any more, or is not what it was.
        """
        status = None
        with suppress(FileNotFoundError):
            status = os.stat(self._name)  # noqa: PTH116 (see above)
        if status is None or status.st_ino != self._inode:
            raise LogError(f"{self.path}: the file was removed or replaced while it was in use")
        if status.st_size < self.size:
            raise LogError(f"{self.path}: the file was cut off while it was in use")
        return status.st_size > self.size

    def has_next(self) -> bool:
        """Whether the log goes on in another file."""
        return os.access(self._next, os.F_OK)

    def read_on(self, judge: Callable[[Stated], bool]) -> Torn | None:
        """Read the lines that are new; what is left behind the last whole one.

        Raises `LogError` at a line that `judge` does not take.
        """
        rest = b""
        while block := os.pread(self._handle, _READ, self.size + len(rest)):
            *lines, rest = (rest + block).split(b"\n")
            for each in lines:
                line = each + b"\n"
                said = stated(line)
                if said is None or not judge(said):
                    raise self.not_ours()
                self._count(line)
            if len(rest) > MAX_LINE:
                raise self.not_ours()
        return torn(rest)

    def last_line(self) -> tuple[Stated, Torn | None]:
        """The last whole line, as it states itself, and what is left behind it."""
        last: Stated | None = None
        rest, at = b"", 0
        while block := os.pread(self._handle, _READ, at):
            at += len(block)
            *lines, rest = (rest + block).split(b"\n")
            last = stated(lines[-1] + b"\n") if lines else last
        if last is None:
            raise self.not_ours()
        return last, torn(rest)

    def write(self, line: Line) -> None:
        """Append a line.  Raises `LogError` where only a part of it fits."""
        size = len(line.data)
        written = os.write(self._handle, line.data)
        if written != size:
            raise LogError(f"{self.path}: only {written} bytes of a line of {size} fit")
        self._count(line.data)

    def _count(self, line: bytes) -> None:
        self.size += len(line)
        self.lines += 1

    def sync(self) -> None:
        """Have the disk take what was written."""
        os.fsync(self._handle)

    def close(self) -> None:
        """Let it go; `reopen` takes it up again."""
        if self._handle >= 0:
            os.close(self._handle)
        self._handle = -1

    def reopen(self) -> None:
        """Open it again, after a fork.  Raises `LogError`."""
        self._handle = open_handle(self.path, os.O_RDWR | os.O_APPEND)

    def not_ours(self) -> LogError:
        """The error about the line behind those that were read."""
        return LogError(
            f"{self.path}: line {self.lines + 1} is not what was written; `epolc log verify` says "
            "what is wrong. Move the log's folder away to begin a new one"
        )


def torn(rest: bytes) -> Torn | None:
    """What a crash left behind the last line, by size and digest."""
    return Torn(len(rest), hashlib.sha256(rest).hexdigest()) if rest else None


def make_file(folder: Path, number: int, first: Line, *, sync: bool) -> OpenFile:
    """Make a file with its first line; it is there whole or not at all.  Raises `LogError`."""
    new, path = folder / NEW, file_of(folder, number)
    new.unlink(missing_ok=True)
    handle = open_handle(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        if os.write(handle, first.data) != len(first.data):
            raise LogError(f"{path}: the disk is full")
        if sync:
            os.fsync(handle)
    finally:
        os.close(handle)
    new.rename(path)
    if sync:
        _sync_folder(folder)
    return OpenFile(folder, number)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def open_handle(path: Path, flags: int) -> int:
    """Open a file of a log, which is no link, for its owner alone.  Raises `LogError`."""
    try:
        return os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise LogError(f"{path}: {error.strerror or error}") from None
