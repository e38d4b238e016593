"""Appending lines to the files of a log, by any number of threads and processes at once.

Each line is written under a lock of the folder, so the log is one chain in one order, whoever
writes.  A writer that finds lines of others goes on behind them once it has judged their codes.
Nothing that was written is ever changed: where a crash has torn a line, a new file begins, which
says how many bytes were left behind, and their digest.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from epol.engine.errors import LogError
from epol.engine.log.begin import VERSION, Begin, Previous, Torn, read_begin
from epol.engine.log.chain import (
    BEGIN,
    MAX_LINE,
    NO_MAC,
    SEAL,
    Chain,
    Epoch,
    Head,
    Line,
    Stated,
    stated,
)
from epol.engine.log.folder import LOCK, NEW, file_of, last_file, make_folder
from epol.engine.log.keys import LogKeys

ALWAYS, AT_SEALS, NEVER = "always", "seals", "never"
FSYNC = (ALWAYS, AT_SEALS, NEVER)
_READ = 1 << 20


def now() -> str:
    """The time of day in UTC, to the microsecond."""
    return f"{datetime.now(UTC).isoformat(timespec='microseconds')[:26]}Z"


class LogWriter:
    """The end of a log.  Safe to share between threads; see `after_fork` for processes."""

    def __init__(self, folder: Path, keys: LogKeys, *, max_bytes: int, fsync: str) -> None:
        """Open or begin the log in a folder.  Raises `LogError`.

        The last file is judged whole, so that no log goes on behind an end that is not its own.
        """
        make_folder(folder)
        self._folder, self._max_bytes, self._fsync = folder, max_bytes, fsync
        self._thread = threading.Lock()
        self._closed = False
        self._lock_file = _opened(folder / LOCK, os.O_RDWR | os.O_CREAT)
        self._file = -1
        with self.turn():
            self._open_last(keys)

    @property
    def head(self) -> Head:
        """The last line that this process has seen."""
        return self._chain.head

    @property
    def unsealed(self) -> int:
        """How many lines stand behind the last seal, as far as this process has seen."""
        return self._chain.unsealed

    @property
    def number(self) -> int:
        """The file that is written to."""
        return self._number

    @contextmanager
    def turn(self) -> Generator[None]:
        """The writer's turn: no other thread or process writes meanwhile.  Raises `LogError`."""
        with self._thread:
            if self._closed:
                raise LogError("the log is closed")
            if self._lock_file < 0:
                self._reopen()
            fcntl.flock(self._lock_file, fcntl.LOCK_EX)
            try:
                yield
            except OSError as error:
                raise LogError(f"{self._folder}: {error.strerror or error}") from None
            finally:
                fcntl.flock(self._lock_file, fcntl.LOCK_UN)

    def catch_up(self) -> None:
        """Go behind what others have written since; for whoever has the turn."""
        status = self._status()
        if status.st_size == self._size and not os.access(self._next, os.F_OK):
            return
        if status.st_size < self._size:
            raise LogError(f"{self._path}: the file was cut off while it was in use")
        torn = self._read_on()
        while os.access(self._next, os.F_OK):
            self._follow(torn)
            torn = self._read_on()
        if torn is not None:
            self._begin_next(torn)

    def make_room(self, size: int) -> None:
        """Begin a new file where lines of so many bytes would make this one too long.

        For whoever has the turn and has caught up, as is what follows.
        """
        if self._size + size > self._max_bytes and self._lines > 1:
            self.seal("rotate")
            self._begin_next(None)

    def append(self, kind: str, fields: bytes) -> None:
        """Write the next line."""
        line = self._chain.line(kind, fields)
        if len(line.data) > MAX_LINE:
            raise LogError(f"a line of {len(line.data):,} bytes is longer than a log may have")
        self._write(line)
        if self._fsync == ALWAYS:
            os.fsync(self._file)

    def seal(self, why: str) -> None:
        """End the epoch, and have the disk take what was written."""
        fields = b'"time":"%s","why":"%s"' % (now().encode(), why.encode())
        self._write(self._chain.line(SEAL, fields))
        if self._fsync != NEVER:
            os.fsync(self._file)

    def close(self) -> None:
        """Let the files go; there is no turn any more."""
        self._closed = True
        self._let_go()

    def _let_go(self) -> None:
        for handle in (self._file, self._lock_file):
            if handle >= 0:
                os.close(handle)
        self._file = self._lock_file = -1

    def after_fork(self) -> None:
        """In the child: locks and files of its own, or it would share the parent's turn."""
        self._thread = threading.Lock()
        # Closing gives up nothing of the parent's; unlocking would.
        self._let_go()

    # --- inside ----------------------------------------------------------------------

    def _reopen(self) -> None:
        self._lock_file = _opened(self._folder / LOCK, os.O_RDWR | os.O_CREAT)
        self._file = _opened(self._path, os.O_RDWR | os.O_APPEND)

    def _status(self) -> os.stat_result:
        """The file at the path, which must still be the one that is open."""
        try:
            status = os.stat(self._name)  # noqa: PTH116 (once a line, so the cheapest way)
        except FileNotFoundError:
            status = None
        if status is None or status.st_ino != self._inode:
            raise LogError(f"{self._path}: the file was removed or replaced while it was in use")
        return status

    def _write(self, line: Line) -> None:
        size = len(line.data)
        written = os.write(self._file, line.data)
        if written != size:
            raise LogError(f"{self._path}: only {written} bytes of a line of {size} fit")
        self._take(line.said, size)

    def _take(self, said: Stated, size: int) -> None:
        self._chain.accept(said)
        self._size += size
        self._lines += 1

    def _read_on(self) -> Torn | None:
        """Judge the lines that are new; what is left behind the last whole one."""
        rest = b""
        while block := os.pread(self._file, _READ, self._size + len(rest)):
            *lines, rest = (rest + block).split(b"\n")
            for each in lines:
                self._judge(each + b"\n")
            if len(rest) > MAX_LINE:
                raise self._not_ours()
        return Torn(len(rest), hashlib.sha256(rest).hexdigest()) if rest else None

    def _judge(self, line: bytes) -> None:
        said = stated(line)
        if said is None or not self._chain.follows(said):
            raise self._not_ours()
        self._take(said, len(line))

    def _not_ours(self) -> LogError:
        return LogError(
            f"{self._path}: line {self._lines + 1} is not what was written; `epolc log verify` "
            "says what is wrong.  Move the log's folder away to begin a new one"
        )

    # --- files -----------------------------------------------------------------------

    def _open_last(self, keys: LogKeys) -> None:
        number = last_file(self._folder)
        if number == 0:
            self._number = 0
            self._begin_chain(keys, None)
            return
        begin = self._open(number)
        if begin.key != keys.name:
            self._begin_chain(keys, self._end_of_another())
            return
        epoch = Epoch(0, keys.chain(begin.chain)).at(begin.epoch)
        self._chain = Chain(epoch, _before(begin.previous))
        torn = self._read_on()
        if torn is not None:
            self._begin_next(torn)

    def _begin_chain(self, keys: LogKeys, previous: Previous | None) -> None:
        """Begin a file with a chain of its own."""
        identity = secrets.token_hex(16)
        self._chain = Chain(Epoch(0, keys.chain(identity)), _before(previous))
        self._begin(Begin(VERSION, self._number + 1, identity, keys.name, now(), previous))

    def _begin_next(self, torn: Torn | None) -> None:
        """Go on with the chain in a new file."""
        head = self._chain.head
        previous = Previous(head.seq, head.mac.hex(), torn)
        begin = Begin(VERSION, self._number + 1, self._identity, self._key, now(), previous)
        self._begin(begin)

    def _begin(self, begin: Begin) -> None:
        """Write a file with its first line alone; it is there whole or not at all."""
        line = self._chain.line(BEGIN, begin.fields())
        new, path = self._folder / NEW, file_of(self._folder, begin.file)
        new.unlink(missing_ok=True)
        handle = _opened(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            if os.write(handle, line.data) != len(line.data):
                raise LogError(f"{path}: the disk is full")
            if self._fsync != NEVER:
                os.fsync(handle)
        finally:
            os.close(handle)
        new.rename(path)
        self._sync_folder()
        self._open(begin.file)
        self._take(line.said, len(line.data))

    def _sync_folder(self) -> None:
        if self._fsync != NEVER:
            handle = os.open(self._folder, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def _follow(self, torn: Torn | None) -> None:
        """Open the file that another process has begun, if it goes on where this one ends."""
        chain, identity = self._chain, self._identity
        begin = self._open(self._number + 1)
        wanted = Previous(chain.head.seq, chain.head.mac.hex(), torn)
        if begin.previous != wanted or begin.chain != identity:
            raise LogError(
                f"{self._path}: the log goes on under another key, or not where the file before "
                "ends; start this process anew, or see what `epolc log verify` says"
            )

    def _open(self, number: int) -> Begin:
        """Make a file the one that is written to; what its first line says."""
        path = file_of(self._folder, number)
        handle = _opened(path, os.O_RDWR | os.O_APPEND)
        if self._file >= 0:
            os.close(self._file)
        self._file, self._path, self._number = handle, path, number
        self._name, self._next = str(path), str(file_of(self._folder, number + 1))
        self._inode = os.fstat(handle).st_ino
        self._size = self._lines = 0
        begin = _first_line(handle, path)
        self._identity, self._key = begin.chain, begin.key
        return begin

    def _end_of_another(self) -> Previous:
        """The end of a file whose key is not known, as it states it."""
        last: Stated | None = None
        rest, at = b"", 0
        while block := os.pread(self._file, _READ, at):
            at += len(block)
            *lines, rest = (rest + block).split(b"\n")
            last = stated(lines[-1] + b"\n") if lines else last
        if last is None:
            raise self._not_ours()
        torn = Torn(len(rest), hashlib.sha256(rest).hexdigest()) if rest else None
        return Previous(last.seq, last.mac.hex(), torn)


def _before(previous: Previous | None) -> Head:
    """The line before a file's first one."""
    return Head(0, NO_MAC) if previous is None else previous.head


def _first_line(handle: int, path: Path) -> Begin:
    data = os.pread(handle, 4096, 0)
    try:
        return read_begin(stated(data[: data.find(b"\n") + 1]))
    except LogError as error:
        raise LogError(f"{path}: {error}") from None


def _opened(path: Path, flags: int) -> int:
    try:
        return os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise LogError(f"{path}: {error.strerror or error}") from None
