"""What the workers count, put where each of them can tell the sum."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from epol.gateway.metrics import Sheet, total

_ENDED = 0
"""Stands for all processes that have ended, as no process has this number."""
_decoder = msgspec.json.Decoder(Sheet)


class Sheets:
    """The counts of each process, in a file that they share.  Safe to use from any of them.

    In one transaction at a time, so that nothing is counted twice or not at all when a worker
    ends: a counter that went back would look like one that began anew.
    """

    def __init__(self, path: Path) -> None:
        """What an earlier gateway left there is forgotten."""
        self._path = path
        with self._open() as db:
            db.execute("DROP TABLE IF EXISTS sheets")
            db.execute("CREATE TABLE sheets (process INTEGER PRIMARY KEY, sheet BLOB NOT NULL)")
        path.chmod(0o600)

    def publish(self, sheet: Sheet) -> None:
        """Say what this process has counted so far."""
        with self._open() as db:
            _put(db, os.getpid(), sheet)

    def total(self, own: Sheet) -> Sheet:
        """What all have counted; `own` is what this process has, which it knows best."""
        with self._open() as db:
            rows = db.execute("SELECT sheet FROM sheets WHERE process != ?", (os.getpid(),))
            others = [_decoder.decode(sheet) for (sheet,) in rows]
        return total([own, *others])

    def end(self, process: int) -> None:
        """A process has ended: what it counted stays, what it was at does not."""
        with self._open() as db:
            rows = db.execute("SELECT sheet FROM sheets WHERE process IN (?, ?)", (_ENDED, process))
            ended = total(_decoder.decode(sheet) for (sheet,) in rows.fetchall())
            db.execute("DELETE FROM sheets WHERE process = ?", (process,))
            _put(db, _ENDED, ended.without_gauges())

    @contextmanager
    def _open(self) -> Generator[sqlite3.Connection]:
        """A connection of its own each time, so that no fork shares one.

        Nothing is synced: the counts end with the gateway.
        """
        with closing(sqlite3.connect(self._path, timeout=5)) as db:
            db.execute("PRAGMA synchronous = OFF")
            db.isolation_level = None
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")


def _put(db: sqlite3.Connection, process: int, sheet: Sheet) -> None:
    db.execute("INSERT OR REPLACE INTO sheets VALUES (?, ?)", (process, msgspec.json.encode(sheet)))
