"""Which targets a circuit breaker of any worker keeps requests from."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS open (
  target TEXT, worker TEXT, until REAL, PRIMARY KEY (target, worker));
"""


class Circuits:
    """What workers tell each other, in a file, of breakers that are open.

    The word of a worker counts for `seconds`, so it is repeated as long as its breaker is open;
    one that dies is soon forgotten.  Times are of a clock that all processes of a machine share.
    """

    def __init__(
        self, path: Path, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._path, self._seconds, self._clock = path, seconds, clock
        self._until: dict[str, float] = {}
        with closing(self._opened()) as db, db:
            db.execute(_SCHEMA)
        path.chmod(0o600)

    def is_open(self, target: str) -> bool:
        """Whether another worker's breaker is open, as `exchange` heard last."""
        until = self._until.get(target)
        return until is not None and until > self._clock()

    def exchange(self, worker: str, open_here: Collection[str]) -> None:
        """Tell which breakers are open in a worker, and hear of those of others.

        Where the file cannot be used, each worker goes by its own.
        """
        now = self._clock()
        try:
            with closing(self._opened()) as db, db:
                db.execute("DELETE FROM open WHERE worker = ? OR until <= ?", (worker, now))
                rows = [(target, worker, now + self._seconds) for target in open_here]
                db.executemany("INSERT INTO open VALUES (?, ?, ?)", rows)
                found = db.execute(
                    "SELECT target, max(until) FROM open WHERE worker <> ? GROUP BY 1", (worker,)
                )
                self._until = dict(found.fetchall())
        except sqlite3.Error:
            self._until = {}

    def _opened(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=1)
