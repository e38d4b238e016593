"""Requests that wait for a person, by names that tell nothing of them.

No request is kept: its name is a keyed digest of whose it is, what it says, where it would go
and which rules hold it, so that an approval counts for that request alone, once, when it is sent
again; said to be something else, it may be held for another reason, and that nobody approved.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_MOST = 10_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS holds (
  id TEXT PRIMARY KEY, caller TEXT NOT NULL, target TEXT NOT NULL, rules TEXT NOT NULL,
  state TEXT NOT NULL, since REAL NOT NULL);
"""


class State(StrEnum):
    """What a person has said of a request."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Held:
    """A request that waits: whose it is, the target it would go to, and the rules that hold it."""

    id: str
    caller: str
    target: str
    rules: list[str]
    state: str
    since: float


class HoldsFullError(Exception):
    """As many requests wait as may."""


class Holds:
    """What waits, in a file that workers share.  Safe to use from any thread and process.

    What nobody has spoken about within `seconds` is forgotten, and so is an approval that
    nobody has used.
    """

    def __init__(self, path: Path, seconds: float, clock: Callable[[], float] = time.time) -> None:
        self._path, self._seconds, self._clock = path, seconds, clock
        with self._writing() as db:
            db.executescript("PRAGMA journal_mode = WAL;" + _SCHEMA)
        path.chmod(0o600)
        with self._writing() as db:
            key = secrets.token_bytes(32)
            db.execute("INSERT OR IGNORE INTO settings VALUES ('key', ?)", (key,))
            [self._key] = db.execute("SELECT value FROM settings WHERE name = 'key'").fetchone()

    def name(self, caller: str, target: str, rules: Sequence[str], policy: str, body: bytes) -> str:
        """The name of a request on its way to a target, which rules of a policy hold."""
        made = hmac.new(self._key, digestmod=hashlib.sha256)
        for part in (
            caller.encode(),
            target.encode(),
            " ".join(rules).encode(),
            policy.encode(),
            body,
        ):
            made.update(len(part).to_bytes(8) + part)
        return made.hexdigest()[:32]

    def ask(self, held: str, caller: str, target: str, rules: list[str]) -> State:
        """What was said of a request; one that nobody knows waits from now on.

        Raises `HoldsFullError`.
        """
        now = self._clock()
        with self._writing() as db:
            db.execute("DELETE FROM holds WHERE since < ?", (now - self._seconds,))
            found = db.execute("SELECT state FROM holds WHERE id = ?", (held,)).fetchone()
            if found is not None:
                return State(found[0])
            [count] = db.execute("SELECT count(*) FROM holds").fetchone()
            if count >= _MOST:
                raise HoldsFullError
            db.execute(
                "INSERT INTO holds VALUES (?, ?, ?, ?, ?, ?)",
                (held, caller, target, " ".join(rules), State.WAITING, now),
            )
        return State.WAITING

    def use(self, held: str) -> bool:
        """Use an approval up.  False where there is none any more."""
        with self._writing() as db:
            done = db.execute(
                "DELETE FROM holds WHERE id = ? AND state = ? AND since >= ?",
                (held, State.APPROVED, self._clock() - self._seconds),
            )
            return done.rowcount == 1

    def say(self, held: str, state: State) -> bool:
        """Approve or refuse a request that waits.  False where none of that name does."""
        now = self._clock()
        with self._writing() as db:
            done = db.execute(
                "UPDATE holds SET state = ?, since = ? WHERE id = ? AND since >= ?",
                (state, now, held, now - self._seconds),
            )
            return done.rowcount == 1

    def all(self) -> list[Held]:
        """Every request that waits or was spoken about, the oldest first."""
        with self._writing() as db:
            rows = db.execute(
                "SELECT id, caller, target, rules, state, since FROM holds"
                " WHERE since >= ? ORDER BY since",
                (self._clock() - self._seconds,),
            ).fetchall()
        return [
            Held(held, caller, target, rules.split(), state, since)
            for held, caller, target, rules, state, since in rows
        ]

    @contextmanager
    def _writing(self) -> Generator[sqlite3.Connection]:
        """A connection of its own each time: holds are rare, and so no fork shares one."""
        with closing(sqlite3.connect(self._path, timeout=5)) as db, db:
            yield db
