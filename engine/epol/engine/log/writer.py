"""Appending lines to the files of a log, by any number of threads and processes at once.

Each line is written under a lock of the folder, so the log is one chain in one order, whoever
writes.  A writer that finds lines of others goes on behind them once it has judged their codes.
Nothing that was written is ever changed: where a crash has torn a line, a new file begins, which
says how many bytes were left behind, and their digest.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from epol.engine.errors import LogError
from epol.engine.log.begin import VERSION, Begin, Previous, Torn
from epol.engine.log.chain import BEGIN, MAX_LINE, NO_MAC, SEAL, Chain, Epoch, Head, Stated
from epol.engine.log.file import OpenFile, make_file, open_handle
from epol.engine.log.folder import LOCK, last_file, make_folder
from epol.engine.log.keys import LogKeys

ALWAYS, AT_SEALS, NEVER = "always", "seals", "never"
FSYNC = (ALWAYS, AT_SEALS, NEVER)


def now() -> str:
    """The time of day in UTC, to the microsecond."""
    return f"{datetime.now(UTC).isoformat(timespec='microseconds')[:26]}Z"


class LogWriter:
    """The end of a log.  Safe to share between threads; see `after_fork` for processes.

    What is done to the log is done in a `turn`, and all but `catch_up` after that.
    """

    _file: OpenFile
    _chain: Chain

    def __init__(self, folder: Path, keys: LogKeys, *, max_bytes: int, fsync: str) -> None:
        """Open or begin the log in a folder.  Raises `LogError`.

        The last file is judged whole, so that no log goes on behind an end that is not its own.
        """
        make_folder(folder)
        self._folder, self._max_bytes, self._fsync = folder, max_bytes, fsync
        self._thread = threading.Lock()
        self._closed = False
        self._place: _Place | None = None
        self._lock = open_handle(folder / LOCK, os.O_RDWR | os.O_CREAT)
        try:
            with self.turn():
                self._open_last(keys)
        except LogError:
            self.close()
            raise

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
        return self._file.number

    @contextmanager
    def turn(self) -> Generator[None]:
        """The writer's turn: no other thread or process writes meanwhile.  Raises `LogError`."""
        with self._thread:
            if self._closed:
                raise LogError("the log is closed")
            if self._lock < 0:
                self._lock = open_handle(self._folder / LOCK, os.O_RDWR | os.O_CREAT)
                self._file.reopen()
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            self._return()
            try:
                yield
            except OSError as error:
                raise LogError(f"{self._folder}: {error.strerror or error}") from None
            else:
                self._place = self._here()
            finally:
                fcntl.flock(self._lock, fcntl.LOCK_UN)

    def catch_up(self) -> None:
        """Go behind what others have written since."""
        if not self._file.has_grown() and not self._file.has_next():
            return
        torn = self._file.read_on(self._judge)
        while self._file.has_next():
            self._follow(torn)
            torn = self._file.read_on(self._judge)
        if torn is not None:
            self._begin_next(torn)

    def make_room(self, size: int) -> None:
        """Begin a new file where lines of so many bytes would make this one too long."""
        if self._file.size + size > self._max_bytes and self._file.lines > 1:
            self.seal("rotate")
            self._begin_next(None)

    def append(self, kind: str, fields: bytes) -> None:
        """Write the next line, with the inside of a JSON object."""
        line = self._chain.line(kind, fields)
        if len(line.data) > MAX_LINE:
            raise LogError(f"a line of {len(line.data):,} bytes is longer than a log may have")
        self._file.write(line)
        self._chain.accept(line.said)
        if self._fsync == ALWAYS:
            self._file.sync()

    def seal(self, why: str) -> None:
        """End the epoch, and have the disk take what was written."""
        self.append(SEAL, b'"time":"%s","why":"%s"' % (now().encode(), why.encode()))
        if self._fsync == AT_SEALS:
            self._file.sync()

    def close(self) -> None:
        """Let the files go; there is no turn any more."""
        self._closed = True
        self._let_go()

    def after_fork(self) -> None:
        """In the child: locks and files of its own, or it would share the parent's turn."""
        self._thread = threading.Lock()
        # Closing gives up nothing of the parent's; unlocking would.
        self._let_go()

    # --- inside ----------------------------------------------------------------------

    def _here(self) -> _Place:
        """Where the file and the chain stand, which must be the same place."""
        file, chain = self._file, self._chain
        return _Place(file, file.size, file.lines, chain.epoch, chain.head, chain.unsealed)

    def _return(self) -> None:
        """Back to where the last whole turn ended, if one has ended half way since.

        What it has written stands behind that place and is caught up with.
        """
        place = self._place
        if place is not None and place != self._here():
            file = place.file
            if file is not self._file:
                file.close()
                file.reopen()
                self._go_to(file)
            file.size, file.lines = place.size, place.lines
            self._chain = Chain(place.epoch, place.head, place.unsealed)

    def _let_go(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
        self._lock = -1
        if hasattr(self, "_file"):
            self._file.close()

    def _judge(self, said: Stated) -> bool:
        """Whether a line of another writer is the next one; goes on behind it if so."""
        if not self._chain.follows(said):
            return False
        self._chain.accept(said)
        return True

    def _open_last(self, keys: LogKeys) -> None:
        number = last_file(self._folder)
        if number == 0:
            self._begin_chain(keys, 1, None)
            return
        self._file = OpenFile(self._folder, number)
        begin = self._file.begin
        if begin.key != keys.name:
            last, torn = self._file.last_line()
            self._begin_chain(keys, number + 1, Previous(last.seq, last.mac.hex(), torn))
            return
        epoch = Epoch(0, keys.chain(begin.chain)).at(begin.epoch)
        self._chain = Chain(epoch, _before(begin.previous))
        torn = self._file.read_on(self._judge)
        if torn is not None:
            self._begin_next(torn)

    def _begin_chain(self, keys: LogKeys, number: int, previous: Previous | None) -> None:
        """Begin a file with a chain of its own."""
        identity = secrets.token_hex(16)
        self._chain = Chain(Epoch(0, keys.chain(identity)), _before(previous))
        self._begin(Begin(VERSION, number, identity, keys.name, now(), previous))

    def _begin_next(self, torn: Torn | None) -> None:
        """Go on with the chain in a new file."""
        head, begin = self._chain.head, self._file.begin
        previous = Previous(head.seq, head.mac.hex(), torn)
        number = self._file.number + 1
        self._begin(Begin(VERSION, number, begin.chain, begin.key, now(), previous))

    def _begin(self, begin: Begin) -> None:
        line = self._chain.line(BEGIN, begin.fields())
        file = make_file(self._folder, begin.file, line, sync=self._fsync != NEVER)
        self._go_to(file)
        file.read_on(self._judge)

    def _follow(self, torn: Torn | None) -> None:
        """Open the file that another process has begun, if it goes on where this one ends."""
        head, chain = self._chain.head, self._file.begin.chain
        self._go_to(OpenFile(self._folder, self._file.number + 1))
        begin, wanted = self._file.begin, Previous(head.seq, head.mac.hex(), torn)
        if begin.previous != wanted or begin.chain != chain:
            raise LogError(
                f"{self._file.path}: the log goes on under another key, or not where the file "
                "before ends; start this process anew, or see what `epolc log verify` says"
            )

    def _go_to(self, file: OpenFile) -> None:
        old: OpenFile | None = getattr(self, "_file", None)
        self._file = file
        if old is not None:
            old.close()


class _Place(NamedTuple):
    """A place in a file and a chain."""

    file: OpenFile
    size: int
    lines: int
    epoch: Epoch
    head: Head
    unsealed: int


def _before(previous: Previous | None) -> Head:
    """The line before a file's first one."""
    return Head(0, NO_MAC) if previous is None else previous.head
