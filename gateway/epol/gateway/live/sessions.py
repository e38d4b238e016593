"""Who has logged in to the page, in a file that the workers share."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path

SECONDS = 12 * 3600
"""How long a session lasts, whatever is done in it."""
MOST = 64
"""Sessions at once; one more ends the oldest."""
_SCHEMA = """
DROP TABLE IF EXISTS sessions;
CREATE TABLE sessions (digest BLOB PRIMARY KEY, until REAL NOT NULL);
"""


class Sessions:
    """Sessions of operators, which end with the gateway.  Safe from any thread and process.

    The file has digests of their names: who reads it cannot use them.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path, self._clock = path, clock
        with closing(sqlite3.connect(path)) as db:
            db.executescript("PRAGMA journal_mode = WAL;" + _SCHEMA)
        path.chmod(0o600)

    def begin(self) -> str:
        """A new session: its name, which only the browser is told."""
        name = secrets.token_urlsafe(32)
        with self._open() as db:
            db.execute("DELETE FROM sessions WHERE until <= ?", (self._clock(),))
            db.execute(
                "INSERT INTO sessions VALUES (?, ?)", (_digest(name), self._clock() + SECONDS)
            )
            db.execute(
                "DELETE FROM sessions WHERE digest NOT IN"
                " (SELECT digest FROM sessions ORDER BY until DESC, rowid DESC LIMIT ?)",
                (MOST,),
            )
        return name

    def knows(self, name: str) -> bool:
        """Whether a session of this name goes on."""
        with self._open() as db:
            found = db.execute(
                "SELECT 1 FROM sessions WHERE digest = ? AND until > ?",
                (_digest(name), self._clock()),
            )
            return found.fetchone() is not None

    def end(self, name: str) -> None:
        """End a session, if there is one of this name."""
        with self._open() as db:
            db.execute("DELETE FROM sessions WHERE digest = ?", (_digest(name),))

    @contextmanager
    def _open(self) -> Generator[sqlite3.Connection]:
        """A connection of its own each time, so that no fork shares one."""
        with closing(sqlite3.connect(self._path, timeout=5)) as db, db:
            yield db


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "replace")).digest()
