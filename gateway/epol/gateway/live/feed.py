"""What the page shows of the last minutes, in a file that the workers share."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing, contextmanager
from itertools import groupby
from pathlib import Path

import msgspec

from epol.gateway.live.row import Row
from epol.gateway.live.samples import Sample, merged

STEP = 2
"""Seconds that one point of a chart stands for: each worker tells each second."""
SPAN = 600
"""Seconds that are kept."""
KEPT = 200
"""Requests that are kept."""
_SCHEMA = """
DROP TABLE IF EXISTS rows;
DROP TABLE IF EXISTS samples;
CREATE TABLE rows (seq INTEGER PRIMARY KEY AUTOINCREMENT, row BLOB NOT NULL);
CREATE TABLE samples (at REAL NOT NULL, process INTEGER NOT NULL, sample BLOB NOT NULL);
CREATE INDEX samples_by_time ON samples (at);
"""
_row = msgspec.json.Decoder(Row)
_sample = msgspec.json.Decoder(Sample)

Said = tuple[float, int, bytes]


class Feed:
    """The last requests and samples of all workers.  Safe to use from any thread and process.

    It has names and numbers only, and keeps the last `KEPT` requests and `SPAN` seconds, no more.
    What an earlier gateway left there is forgotten.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path, self.clock = path, clock
        with closing(self._opened()) as db:
            db.executescript("PRAGMA journal_mode = WAL;" + _SCHEMA)
        path.chmod(0o600)

    def put(self, rows: Sequence[Row], sample: Sample | None) -> None:
        """Tell what this process has seen.  Raises `sqlite3.Error`."""
        now = self.clock()
        with self._writing() as db:
            encoded = ((msgspec.json.encode(each),) for each in rows)
            db.executemany("INSERT INTO rows (row) VALUES (?)", encoded)
            db.execute("DELETE FROM rows WHERE seq <= (SELECT max(seq) FROM rows) - ?", (KEPT,))
            db.execute("DELETE FROM samples WHERE at < ?", (now - SPAN - STEP,))
            if sample is not None:
                said = (now, os.getpid(), msgspec.json.encode(sample))
                db.execute("INSERT INTO samples VALUES (?, ?, ?)", said)

    def rows(self, since: int) -> tuple[int, list[Row]]:
        """The requests behind a place, the oldest first, and the place of the last one."""
        with closing(self._opened()) as db:
            found = db.execute("SELECT seq, row FROM rows WHERE seq > ? ORDER BY seq", (since,))
            told = found.fetchall()
        return (told[-1][0] if told else since), [_row.decode(row) for _, row in told]

    def samples(self, since: int) -> list[tuple[int, Sample]]:
        """What was so from a second on, in steps of which all has been told."""
        last = int(self.clock()) // STEP * STEP - STEP
        with closing(self._opened()) as db:
            said = db.execute(
                "SELECT at, process, sample FROM samples WHERE at >= ? AND at < ? ORDER BY at",
                (since, last),
            ).fetchall()
        return list(_points(said))

    @contextmanager
    def _writing(self) -> Generator[sqlite3.Connection]:
        with closing(self._opened()) as db, db:
            yield db

    def _opened(self) -> sqlite3.Connection:
        """A connection of its own each time, so that no fork shares one.  Nothing is synced."""
        db = sqlite3.connect(self._path, timeout=5)
        db.execute("PRAGMA synchronous = OFF")
        return db


def _points(said: Iterable[Said]) -> Iterable[tuple[int, Sample]]:
    for at, group in groupby(said, key=lambda each: int(each[0]) // STEP * STEP):
        yield at, merged((process, _sample.decode(raw)) for _, process, raw in group)
