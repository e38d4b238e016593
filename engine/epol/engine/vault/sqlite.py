"""A store in a file, which the processes of one machine share."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import cast

from epol.engine.errors import VaultError
from epol.engine.sqlite_file import File, Kind, Value
from epol.engine.vault.store import Header, Times
from epol.engine.vault.vault import Counts, Limits, erased

FORMAT = 1
"""The version of the file's tables."""
_MOST_ASKED = 500
_SWEPT = 8
"""Sessions whose time is over that make room for one that begins."""

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

_KIND = Kind(
    "vault",
    0x65706F6C,  # `epol`
    FORMAT,
    _SCHEMA,
    VaultError,
    # What is deleted is overwritten.
    ("secure_delete = ON", "temp_store = MEMORY"),
)


class SqliteStore:
    """See `Store`.

    Deleted content is overwritten, and erasing ends with an empty write-ahead log.
    `patience` is how many seconds to wait for another process that writes.
    """

    def __init__(self, path: Path | str, *, patience: float = 5.0) -> None:
        """Opens the file, or makes it, for its owner alone.  Raises `VaultError`."""
        self._file = File(Path(path), _KIND, patience)

    def __repr__(self) -> str:
        return f"<SqliteStore: {self._file!r}>"

    def read(self, name: bytes) -> bytes | None:
        """See `Store.read`."""
        found = self._file.ask("SELECT value FROM settings WHERE name = ?", (name,))
        return _bytes(found[0][0]) if found else None

    def write_once(self, name: bytes, value: bytes) -> bytes:
        """See `Store.write_once`."""
        with self._file.writing() as db:
            db.execute("INSERT OR IGNORE INTO settings VALUES (?, ?)", (name, value))
        return self.read(name) or value

    def remove(self, name: bytes) -> None:
        """See `Store.remove`."""
        with self._file.writing() as db:
            db.execute("DELETE FROM settings WHERE name = ?", (name,))

    def find(self, name: bytes, subject: bytes | None, times: Times) -> Header | None:
        """See `Store.find`."""
        found = self._file.ask(
            "SELECT handle, wrapped, ends < ?, ? IS NOT NULL AND NOT EXISTS ("
            "  SELECT 1 FROM subjects b WHERE b.subject = ? AND b.handle = s.handle)"
            " FROM sessions s WHERE name = ? AND ends > ?",
            cast(tuple[Value, ...], (times.least, subject, subject, name, times.now)),
        )
        if not found:
            return None
        header = Header(_bytes(found[0][0]), _bytes(found[0][1]))
        if any(found[0][2:]):
            with self._file.writing() as db:
                _use(db, header.handle, subject, times)
        return header

    def begin(self, name: bytes, header: Header, subject: bytes | None, times: Times) -> Header:
        """See `Store.begin`."""
        with self._file.writing() as db:
            over = "ends <= ? ORDER BY ends LIMIT ?"
            _forget(db, _handles(db, over, (times.now, _SWEPT)))
            _forget(db, _handles(db, "name = ? AND ends <= ?", (name, times.now)))
            db.execute(
                "INSERT OR IGNORE INTO sessions VALUES (?, ?, ?, ?, 0)",
                (name, *header, times.ends),
            )
            found = db.execute("SELECT handle, wrapped FROM sessions WHERE name = ?", (name,))
            there = Header(*found.fetchone())
            _use(db, there.handle, subject, times)
        return there

    def get(self, handle: bytes, rows: Collection[bytes]) -> Mapping[bytes, bytes]:
        """See `Store.get`."""
        found: dict[bytes, bytes] = {}
        for some in _some(rows):
            found.update(self._get(handle, some))
        return found

    def _get(self, handle: bytes, rows: list[bytes]) -> dict[bytes, bytes]:
        marks = ", ".join("?" * len(rows))
        asked = f"SELECT row, sealed FROM held WHERE handle = ? AND row IN ({marks})"  # noqa: S608
        return {
            _bytes(row): _bytes(sealed) for row, sealed in self._file.ask(asked, [handle, *rows])
        }

    def all(self, handle: bytes, most: int) -> Mapping[bytes, bytes] | None:
        """See `Store.all`."""
        asked = "SELECT row, sealed FROM held WHERE handle = ? LIMIT ?"
        found = self._file.ask(asked, (handle, most + 1))
        if len(found) > most:
            return None
        return {_bytes(row): _bytes(sealed) for row, sealed in found}

    def put(
        self, handle: bytes, rows: Mapping[bytes, bytes], limits: Limits, now: int
    ) -> Mapping[bytes, bytes]:
        """See `Store.put`."""
        with self._file.writing() as db:
            there = self.get(handle, rows)
            new = [(handle, row, sealed) for row, sealed in rows.items() if row not in there]
            in_session = _one(db, "SELECT size FROM sessions WHERE handle = ?", (handle,))
            if in_session is None:
                raise erased()
            in_all = _one(db, "SELECT size FROM totals") or 0
            if in_all + len(new) > limits.values:
                over = _handles(db, "ends <= ? AND handle != ?", (now, handle))
                in_all -= _forget(db, over)
            limits.check_room(in_session, in_all, len(new))
            db.executemany("INSERT INTO held VALUES (?, ?, ?)", new)
            db.execute("UPDATE sessions SET size = size + ? WHERE handle = ?", (len(new), handle))
            db.execute("UPDATE totals SET size = size + ?", (len(new),))
        return there

    def erase(self, name: bytes, handle: bytes | None = None) -> int:
        """See `Store.erase`."""
        with self._file.writing() as db:
            found = _handles(db, "name = ?", (name,))
            values = _forget(db, [each for each in found if handle in (None, each)])
        self._file.empty_log()
        return values

    def erase_subject(self, subject: bytes) -> int:
        """See `Store.erase_subject`."""
        about = "handle IN (SELECT handle FROM subjects WHERE subject = ?)"
        with self._file.writing() as db:
            values = _forget(db, _handles(db, about, (subject,)))
        self._file.empty_log()
        return values

    def expire(self, now: int) -> int:
        """See `Store.expire`."""
        with self._file.writing() as db:
            values = _forget(db, _handles(db, "ends <= ?", (now,)))
        self._file.empty_log()
        return values

    def headers(self) -> Iterator[Header]:
        """See `Store.headers`."""
        for handle, wrapped in self._file.ask("SELECT handle, wrapped FROM sessions"):
            yield Header(_bytes(handle), _bytes(wrapped))

    def rewrap(self, old: Header, wrapped: bytes) -> bool:
        """See `Store.rewrap`."""
        with self._file.writing() as db:
            changed = db.execute(
                "UPDATE sessions SET wrapped = ? WHERE handle = ? AND wrapped = ?", (wrapped, *old)
            )
            return changed.rowcount > 0

    def settle(self) -> None:
        """See `Store.settle`."""
        self._file.empty_log()

    def count(self, now: int) -> Counts:
        """See `Store.count`."""
        counted = (
            "SELECT count(*), coalesce(sum(size), 0) FROM sessions WHERE ends > ? AND size > 0"
        )
        return Counts(*map(int, self._file.ask(counted, (now,))[0]))

    def close(self) -> None:
        """See `Store.close`."""
        self._file.close()


def _use(db: sqlite3.Connection, handle: bytes, subject: bytes | None, times: Times) -> None:
    """Begin a session's time anew, and add a subject, if the session is still there."""
    db.execute("UPDATE sessions SET ends = max(ends, ?) WHERE handle = ?", (times.ends, handle))
    if subject is not None:
        db.execute(
            "INSERT OR IGNORE INTO subjects SELECT ?, handle FROM sessions WHERE handle = ?",
            (subject, handle),
        )


def _handles(db: sqlite3.Connection, where: str, values: Iterable[Value]) -> list[bytes]:
    found = db.execute(f"SELECT handle FROM sessions WHERE {where}", tuple(values))  # noqa: S608
    return [_bytes(handle) for (handle,) in found]


def _forget(db: sqlite3.Connection, handles: Iterable[bytes]) -> int:
    """Delete sessions; how many rows they had."""
    values = 0
    for handle in handles:
        values += db.execute("DELETE FROM held WHERE handle = ?", (handle,)).rowcount
        db.execute("DELETE FROM subjects WHERE handle = ?", (handle,))
        db.execute("DELETE FROM sessions WHERE handle = ?", (handle,))
    db.execute("UPDATE totals SET size = size - ?", (values,))
    return values


def _one(db: sqlite3.Connection, statement: str, values: Iterable[Value] = ()) -> int | None:
    found = db.execute(statement, tuple(values)).fetchone()
    return None if found is None else int(found[0])


def _bytes(value: Value) -> bytes:
    return cast(bytes, value)


def _some(rows: Collection[bytes]) -> Iterator[list[bytes]]:
    """Rows in portions that one statement takes."""
    ordered = list(rows)
    for at in range(0, len(ordered), _MOST_ASKED):
        yield ordered[at : at + _MOST_ASKED]
