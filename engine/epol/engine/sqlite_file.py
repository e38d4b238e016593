"""A file of SQLite for a vault or books: how it is opened and locked, what its errors mean."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from epol.engine.forks import renewed_after_fork

Value = bytes | int


@dataclass(frozen=True)
class Kind:
    """What a file is: its `name` for people, and its tables.

    `application` and `format` are kept in the file as SQLite's application id and `user_version`;
    with others it is refused.  `pragmas` are set on each connection.  What goes wrong is raised as
    `error`.
    """

    name: str
    application: int
    format: int
    schema: str
    error: type[Exception]
    pragmas: tuple[str, ...] = ()


_SAYS = {
    "BUSY": "another process has kept it locked",
    "LOCKED": "another process has kept it locked",
    "READONLY": "it cannot be written",
    "FULL": "the disk is full",
    "CORRUPT": "it is damaged; move it away, and put back a copy if there is one",
    "NOTADB": "this is no {name}, or it is damaged",
    "CANTOPEN": "it cannot be opened; does its folder exist, and may it be written?",
    "IOERR": "it cannot be read or written",
}


class File:
    """One connection, which threads use in turn; a forked child opens its own.

    It is made for its owner alone, in write-ahead mode.  `patience` is how many seconds to wait
    for another process.  Raises the kind's error, here and in every method.
    """

    def __init__(self, path: Path, kind: Kind, patience: float) -> None:
        self._path, self._kind = path, kind
        self._patience = patience
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        renewed_after_fork(self)
        with self.told():
            self._open()

    def __repr__(self) -> str:
        return f"<File {self._path}>"

    def after_fork(self) -> None:
        """Leave the parent's connection alone: closing it here would give back its locks."""
        self._lock = threading.RLock()
        if self._connection is not None:
            _inherited.append(self._connection)
        self._connection = None

    @contextmanager
    def told(self) -> Generator[None]:
        """Errors of SQLite in words, which repeat nothing of what was read or written."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorname", "") or ""
            kind = code.removeprefix("SQLITE_").partition("_")[0]
            unknown = f"SQLite cannot use it ({code or type(error).__name__})"
            raise self._error(_SAYS.get(kind, unknown)) from None
        except OSError as error:
            raise self._error(error.strerror or "cannot be used") from None

    def _error(self, says: str) -> Exception:
        return self._kind.error(f"{self._path}: {says.replace('{name}', self._kind.name)}")

    def ask(self, statement: str, values: Iterable[Value] = ()) -> list[tuple[Value, ...]]:
        """The rows that a statement gives."""
        with self.told(), self._lock:
            return self._open().execute(statement, tuple(values)).fetchall()

    @contextmanager
    def writing(self) -> Generator[sqlite3.Connection]:
        """A transaction that nobody else writes beside; undone where it fails."""
        with self.told(), self._lock:
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # SQLite has undone it already after some errors.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def empty_log(self) -> None:
        """Write the write-ahead log into the file, flush it to the disk, and cut it to nothing."""
        with self.told(), self._lock:
            busy = self._open().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise self._error(
                "what was erased is still in the write-ahead log, because another process is"
                " reading; erase once more"
            )

    def close(self) -> None:
        """Close it; the next use opens it again."""
        with self.told(), self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        until = time.monotonic() + self._patience
        while self._connection is None:
            try:
                self._connection = self._connected()
            except sqlite3.OperationalError as error:
                # While another process makes the file, SQLite does not wait by itself.
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                if time.monotonic() > until:
                    raise
                time.sleep(0.01)
        return self._connection

    def _connected(self) -> sqlite3.Connection:
        self._make_private()
        connection = sqlite3.connect(
            self._path,
            timeout=self._patience,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=64,
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _make_private(self) -> None:
        """See to it that only the owner can read the file; SQLite's others get the same mode.

        A file that is there is not opened: closing it would give back the locks that this
        process has on it by other connections (POSIX).
        """
        path = self._path
        with _making:
            if not path.exists():
                # Another process may make it just now, and likewise.
                with suppress(FileExistsError):
                    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
                    os.close(os.open(path, flags, 0o600))
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise self._error("a {name} is a regular file")
        if stat.S_IMODE(status.st_mode) & 0o077:
            raise self._error("others can read or change this file; `chmod 600` it")

    def _prepare(self, connection: sqlite3.Connection) -> None:
        kind = self._kind
        if _tables(connection) and _version(connection) != (kind.application, kind.format):
            raise self._error("this is no {name} of this version of epol")
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            raise self._error("its file system has no shared memory for SQLite")
        # A crash of the machine may lose the last transactions, and damages nothing.
        for each in ("synchronous = NORMAL", "trusted_schema = OFF", *kind.pragmas):
            connection.execute(f"PRAGMA {each}")
        connection.execute("BEGIN IMMEDIATE")
        if not _tables(connection):
            for statement in kind.schema.strip().split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {kind.application}")
            connection.execute(f"PRAGMA user_version = {kind.format}")
        connection.execute("COMMIT")


_inherited: list[sqlite3.Connection] = []
_making = threading.Lock()


def _tables(connection: sqlite3.Connection) -> int:
    count: int = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    return count


def _version(connection: sqlite3.Connection) -> tuple[int, int]:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    return application, version
