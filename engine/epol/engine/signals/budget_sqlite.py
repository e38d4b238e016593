"""Books of a budget in a file of SQLite, which the processes of one machine share."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from epol.engine.errors import BudgetError
from epol.engine.forks import renewed_after_fork
from epol.engine.signals.budget_store import Booked, Hold

_APPLICATION = 0x65706F62
"""`epob`, as the file's application id."""
FORMAT = 1
"""The version of the file's tables, which SQLite keeps as its `user_version`."""
_SEPARATOR = "\n"

# An amount that leaves 64 bits would become a float, which `typeof` refuses.
_SCHEMA = """
CREATE TABLE windows (
  name TEXT PRIMARY KEY,
  spent INTEGER NOT NULL DEFAULT 0 CHECK (typeof(spent) = 'integer'),
  reserved INTEGER NOT NULL DEFAULT 0 CHECK (typeof(reserved) = 'integer' AND reserved >= 0)
) WITHOUT ROWID;
CREATE TABLE holds (
  id BLOB PRIMARY KEY, windows TEXT NOT NULL, amount INTEGER NOT NULL CHECK (amount >= 0),
  ends INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX holds_by_end ON holds (ends);
"""


class SqliteBudget:
    """See `BudgetStore`.  Threads take turns; a forked child opens a connection of its own.

    The file is made for its owner alone, in write-ahead mode.  A process that dies loses
    nothing; a machine that does may lose the last moments.
    """

    def __init__(
        self, path: Path | str, *, lost_is_spent: bool = False, patience: float = 5.0
    ) -> None:
        """`patience` is how many seconds to wait for another process.  Raises `BudgetError`."""
        self._path = Path(path)
        self._lost_is_spent = lost_is_spent
        self._patience = patience
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        renewed_after_fork(self)
        with self._writing(0):
            pass

    def __repr__(self) -> str:
        return f"<SqliteBudget {self._path}>"

    def after_fork(self) -> None:
        """Leave the parent's connection alone: closing it here would give back its locks."""
        self._lock = threading.Lock()
        if self._connection is not None:
            _inherited.append(self._connection)
        self._connection = None

    def reserve(self, hold: Hold, limits: Mapping[str, int], now: int) -> bool:
        """See `BudgetStore.reserve`."""
        with self._writing(now) as db:
            for window, limit in limits.items():
                spent, reserved = _booked(db, window)
                if spent + reserved + hold.amount > limit:
                    return False
            _add(db, hold.windows, 0, hold.amount)
            db.execute(
                "INSERT INTO holds VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                " amount = amount + excluded.amount, ends = max(ends, excluded.ends)",
                (hold.id, _SEPARATOR.join(hold.windows), hold.amount, hold.ends),
            )
        return True

    def charge(self, hold: Hold, now: int, *, is_last: bool) -> None:
        """See `BudgetStore.charge`."""
        with self._writing(now) as db:
            found = db.execute("SELECT amount FROM holds WHERE id = ?", (hold.id,)).fetchone()
            held = 0 if found is None else int(found[0])
            freed = held if is_last else min(held, hold.amount)
            _add(db, hold.windows, hold.amount, -freed)
            if is_last:
                db.execute("DELETE FROM holds WHERE id = ?", (hold.id,))
            else:
                db.execute(
                    "UPDATE holds SET amount = amount - ?, ends = max(ends, ?) WHERE id = ?",
                    (freed, hold.ends, hold.id),
                )

    def booked(self, windows: Sequence[str], now: int) -> Sequence[Booked]:
        """See `BudgetStore.booked`."""
        with self._writing(now) as db:
            return [_booked(db, window) for window in windows]

    def close(self) -> None:
        """See `BudgetStore.close`; the next use opens it again."""
        with self._told(), self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    @contextmanager
    def _writing(self, now: int) -> Generator[sqlite3.Connection]:
        """A transaction that nobody else writes beside; undone where it fails."""
        with self._told(), self._lock:
            db = self._open()
            db.execute("BEGIN IMMEDIATE")
            try:
                self._give_back(db, now)
                yield db
                db.execute("COMMIT")
            except BaseException:
                # SQLite has undone it already after some errors.
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def _give_back(self, db: sqlite3.Connection, now: int) -> None:
        over = db.execute("SELECT id, windows, amount FROM holds WHERE ends <= ?", (now,))
        for held, windows, amount in over.fetchall():
            spent = amount if self._lost_is_spent else 0
            _add(db, windows.split(_SEPARATOR), spent, -amount)
            db.execute("DELETE FROM holds WHERE id = ?", (held,))

    @contextmanager
    def _told(self) -> Generator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorname", "") or type(error).__name__
            raise BudgetError(
                f"{self._path}: the ledger cannot be used ({code}); is it a ledger, may it be"
                " written, and does another process keep it locked?"
            ) from None
        except OSError as error:
            raise BudgetError(f"{self._path}: {error.strerror or 'cannot be used'}") from None

    def _open(self) -> sqlite3.Connection:
        until = time.monotonic() + self._patience
        while self._connection is None:
            try:
                self._connection = self._connected()
            except sqlite3.OperationalError as error:
                # Where two make the file at once, SQLite does not wait by itself.
                is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                if not is_busy or time.monotonic() > until:
                    raise
                time.sleep(0.01)
        return self._connection

    def _connected(self) -> sqlite3.Connection:
        _make_private(self._path)
        connection = sqlite3.connect(
            self._path, timeout=self._patience, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, db: sqlite3.Connection) -> None:
        ours = (_APPLICATION, FORMAT)
        if _number(db, "SELECT count(*) FROM sqlite_schema") and _versions(db) != ours:
            raise BudgetError(f"{self._path}: this is no ledger of this version of epol")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("BEGIN IMMEDIATE")
        if not _number(db, "SELECT count(*) FROM sqlite_schema"):
            for statement in _SCHEMA.strip().split(";\n"):
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {_APPLICATION}")
            db.execute(f"PRAGMA user_version = {FORMAT}")
        db.execute("COMMIT")


_inherited: list[sqlite3.Connection] = []


def _make_private(path: Path) -> None:
    """Make the file, if it is not there, for its owner alone.

    One that is there is not opened: to close it again would give back the locks that this
    process has on it by other connections (POSIX).
    """
    if not path.exists():
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _number(db: sqlite3.Connection, statement: str) -> int:
    return int(db.execute(statement).fetchone()[0])


def _versions(db: sqlite3.Connection) -> tuple[int, int]:
    return _number(db, "PRAGMA application_id"), _number(db, "PRAGMA user_version")


def _booked(db: sqlite3.Connection, window: str) -> Booked:
    found = db.execute("SELECT spent, reserved FROM windows WHERE name = ?", (window,)).fetchone()
    return Booked(0, 0) if found is None else Booked(*map(int, found))


def _add(db: sqlite3.Connection, windows: Sequence[str], spent: int, reserved: int) -> None:
    for window in windows:
        db.execute("INSERT OR IGNORE INTO windows (name) VALUES (?)", (window,))
        db.execute(
            "UPDATE windows SET spent = spent + ?, reserved = reserved + ? WHERE name = ?",
            (spent, reserved, window),
        )
