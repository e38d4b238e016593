"""Books of a budget in a file of SQLite, which the processes of one machine share."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from epol.engine.errors import BudgetError
from epol.engine.signals.budget_store import Booked, Hold
from epol.engine.sqlite_file import File, Kind

FORMAT = 1
"""The version of the file's tables."""
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

_KIND = Kind("ledger", 0x65706F62, FORMAT, _SCHEMA, BudgetError)  # `epob`


class SqliteBudget:
    """See `BudgetStore`.  Threads take turns; a forked child opens a connection of its own.

    The file is made for its owner alone, in write-ahead mode.  A process that dies loses
    nothing; a machine that does may lose the last moments.
    """

    def __init__(
        self, path: Path | str, *, lost_is_spent: bool = False, patience: float = 5.0
    ) -> None:
        """`patience` is how many seconds to wait for another process.  Raises `BudgetError`."""
        self._lost_is_spent = lost_is_spent
        self._file = File(Path(path), _KIND, patience)
        with self._writing(0):
            pass

    def __repr__(self) -> str:
        return f"<SqliteBudget: {self._file!r}>"

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
        self._file.close()

    @contextmanager
    def _writing(self, now: int) -> Generator[sqlite3.Connection]:
        """A transaction that nobody else writes beside; undone where it fails."""
        with self._file.writing() as db:
            self._give_back(db, now)
            yield db

    def _give_back(self, db: sqlite3.Connection, now: int) -> None:
        over = db.execute("SELECT id, windows, amount FROM holds WHERE ends <= ?", (now,))
        for held, windows, amount in over.fetchall():
            spent = amount if self._lost_is_spent else 0
            _add(db, windows.split(_SEPARATOR), spent, -amount)
            db.execute("DELETE FROM holds WHERE id = ?", (held,))


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
