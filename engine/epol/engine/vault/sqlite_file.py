"""A file of SQLite for a vault: how it is opened, locked and emptied, and what its errors mean."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path

from epol.engine.errors import VaultError
from epol.engine.forks import renewed_after_fork

Value = bytes | int

_APPLICATION = 0x65706F6C
"""`epol`, as the file's application id."""
FORMAT = 1
"""The version of the file's tables, which SQLite keeps as its `user_version`."""

_SCHEMA = """
CREATE TABLE settings (name BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE sessions (
  name BLOB PRIMARY KEY, handle BLOB NOT NULL UNIQUE, wrapped BLOB NOT NULL,
  ends INTEGER NOT NULL, size INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX sessions_by_end ON sessions (ends);
CREATE TABLE subjects (
  subject BLOB, handle BLOB, PRIMARY KEY (subject, handle)) WITHOUT ROWID;
CREATE INDEX subjects_by_session ON subjects (handle);
CREATE TABLE held (
  handle BLOB, row BLOB, sealed BLOB NOT NULL, PRIMARY KEY (handle, row)) WITHOUT ROWID;
CREATE TABLE totals (size INTEGER NOT NULL);
INSERT INTO totals VALUES (0);
"""

_SAYS = {
    "BUSY": "another process has kept it locked",
    "LOCKED": "another process has kept it locked",
    "READONLY": "it cannot be written",
    "FULL": "the disk is full",
    "CORRUPT": "it is damaged; move it away, and put back a copy if there is one",
    "NOTADB": "this is no vault, or it is damaged",
    "CANTOPEN": "it cannot be opened; does its folder exist, and may it be written?",
    "IOERR": "it cannot be read or written",
}


class File:
    """One connection, which threads use in turn; a forked child opens its own.

    `patience` is how many seconds to wait for another process.  Raises `VaultError`, here
    and in every method.
    """

    def __init__(self, path: Path, patience: float) -> None:
        self._path = path
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
            says = _SAYS.get(kind, f"SQLite cannot use it ({code or type(error).__name__})")
            raise VaultError(f"{self._path}: {says}") from None
        except OSError as error:
            raise VaultError(f"{self._path}: {error.strerror or 'cannot be used'}") from None

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
            raise VaultError(
                f"{self._path}: what was erased is still in the write-ahead log, because another"
                " process is reading; erase once more"
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
        _make_private(self._path)
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

    def _prepare(self, connection: sqlite3.Connection) -> None:
        if _tables(connection) and _version(connection) != (_APPLICATION, FORMAT):
            raise VaultError(f"{self._path}: this is no vault of this version of epol")
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            raise VaultError(f"{self._path}: its file system has no shared memory for SQLite")
        # What is deleted is overwritten.  A crash of the machine may lose the last
        # transactions, and damages nothing.
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("BEGIN IMMEDIATE")
        if not _tables(connection):
            for statement in _SCHEMA.strip().split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute(f"PRAGMA user_version = {FORMAT}")
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


def _make_private(path: Path) -> None:
    """See to it that only the owner can read the file; SQLite's others get the same mode.

    A file that is there is not opened: closing it would give back the locks that this
    process has on it by other connections.
    """
    with _making:
        if not path.exists():
            # Another process may make it just now, and likewise.
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise VaultError(f"{path}: a vault is a regular file")
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise VaultError(f"{path}: others can read or change this file; `chmod 600` it")
