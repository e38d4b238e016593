"""How many turns a session has had, and which target answered the last one.

Policies read it as `session.turns` and `session.target`, so that a conversation can stay where it
is.  It is kept under a digest of the session's name, and tells no more than that.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, Protocol

_log = logging.getLogger("epol.gateway")
COUNT, TARGET = "session.turns", "session.target"
MOST = 100_000
"""Sessions that are kept; the one that was silent longest goes first."""
MOST_COUNT = 2**31 - 1
_PAUSE = 1.0
"""Seconds in which a store that has failed is left alone."""
_PATIENCE = 1.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS turns (
  session BLOB PRIMARY KEY, count INTEGER NOT NULL, target TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS turns_by_time ON turns (at);
"""


class StoreError(Exception):
    """What is known of sessions cannot be read or written."""


class Turns(NamedTuple):
    """What is known of a session."""

    number: int
    target: str


class TurnStore(Protocol):
    """Where it is kept, for all workers.  Its methods may wait, and raise `StoreError`."""

    def read(self, session: bytes) -> Turns | None:
        """What is known of a session; None where its last turn is too long ago."""
        ...

    def add(self, session: bytes, target: str) -> None:
        """One more turn of a session, which a target answered."""
        ...


class SqliteTurns:
    """A `TurnStore` in a file, which the processes of one machine share."""

    def __init__(
        self,
        path: Path,
        seconds: float,
        *,
        most: int = MOST,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """A session that is silent for `seconds` is forgotten."""
        self._path, self._seconds, self._most, self._clock = path, seconds, most, clock
        with closing(self._opened()) as db:
            db.executescript("PRAGMA journal_mode = WAL;" + _SCHEMA)
        path.chmod(0o600)

    def read(self, session: bytes) -> Turns | None:
        """See `TurnStore.read`."""
        asked = "SELECT count, target FROM turns WHERE session = ? AND at > ?"
        try:
            with closing(self._opened()) as db:
                found = db.execute(asked, (session, self._clock() - self._seconds)).fetchone()
        except sqlite3.Error as error:
            raise StoreError(type(error).__name__) from None
        return None if found is None else Turns(*found)

    def add(self, session: bytes, target: str) -> None:
        """See `TurnStore.add`."""
        now = self._clock()
        try:
            with closing(self._opened()) as db, db:
                # What is lost when the machine stops is no more than a turn or two.
                db.execute("PRAGMA synchronous = OFF")
                db.execute("DELETE FROM turns WHERE at <= ?", (now - self._seconds,))
                db.execute(
                    "INSERT INTO turns VALUES (?, 1, ?, ?) ON CONFLICT (session) DO UPDATE"
                    " SET count = min(count + 1, ?), target = excluded.target, at = excluded.at",
                    (session, target, now, MOST_COUNT),
                )
                db.execute(
                    "DELETE FROM turns WHERE session IN (SELECT session FROM turns ORDER BY at"
                    " LIMIT max(0, (SELECT count(*) FROM turns) - ?))",
                    (self._most,),
                )
        except sqlite3.Error as error:
            raise StoreError(type(error).__name__) from None

    def _opened(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=_PATIENCE)


class Sessions:
    """What is known of sessions, for one event loop's requests: nothing, while that fails."""

    def __init__(self, store: TurnStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._clock = store, clock
        self._paused_until = float("-inf")

    async def facts(self, session: str) -> Mapping[str, object]:
        """The attributes of a session's next turn; none for one of which nothing is known."""
        found = await self._done(lambda: self._store.read(_digest(session)))
        return {} if found is None else {COUNT: found.number, TARGET: found.target}

    async def add(self, session: str, target: str) -> None:
        """A target answers the session's turn."""
        await self._done(lambda: self._store.add(_digest(session), target))

    async def _done(self, work: Callable[[], Turns | None]) -> Turns | None:
        if self._clock() < self._paused_until:
            return None
        try:
            return await asyncio.to_thread(work)
        except StoreError as error:
            self._paused_until = self._clock() + _PAUSE
            _log.error("what is known of sessions cannot be used: %s", error)
            return None


def _digest(session: str) -> bytes:
    return hashlib.sha256(session.encode()).digest()[:16]
