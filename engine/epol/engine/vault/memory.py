"""A vault in the memory of one process: the fastest, and gone with it."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from weakref import WeakValueDictionary

from epol.engine.forks import renewed_after_fork
from epol.engine.text.treatments.book import MemoryBook, Owner
from epol.engine.text.treatments.tokens import Tokens, key_of
from epol.engine.vault.vault import Counts, Limits, checked_name, erased


class MemoryVault:
    """See `Vault`.  Values are in memory as they are, and never on a disk.

    Tokens depend on the key, the session's name and the value only.  So with a key of its
    own a deployment has the same tokens after a restart, and in each of its processes, as
    long as texts come again; without, the key is random, and forked children share it.

    Raises ValueError for a key of less than 16 bytes.
    """

    def __init__(
        self,
        key: bytes | None = None,
        limits: Limits | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._key = key_of(secrets.token_bytes(32) if key is None else key)
        self._limits = limits or Limits()
        self._clock = clock
        self._values = 0
        self._lock = threading.Lock()
        # In the order of their last turns, so that those whose time is over stand in front.
        self._sessions: OrderedDict[str, _MemorySession] = OrderedDict()
        # Without a value: they are there only as long as somebody uses them.
        self._empty: WeakValueDictionary[str, _MemorySession] = WeakValueDictionary()
        renewed_after_fork(self)

    def __repr__(self) -> str:
        return f"<MemoryVault: {self._values} values>"

    def after_fork(self) -> None:
        """In a forked child, no other thread is there to give the lock back."""
        self._lock = threading.Lock()

    def session(self, session: str, subject: str | None = None) -> Tokens:
        """See `Vault.session`."""
        checked_name("session", session)
        now = self._clock()
        with self._lock:
            self._expire(now)
            found = self._sessions.get(session) or self._empty.get(session)
            if found is None:
                found = self._empty[session] = _MemorySession(self, session)
            found.ends = now + self._limits.seconds
            if session in self._sessions:
                self._sessions.move_to_end(session)
            if subject is not None:
                found.subjects.add(checked_name("subject", subject))
        return Tokens(self._key, session, found)

    def admit(self, book: _MemorySession, letters: str, owner: Owner) -> Owner:
        """Enter an owner under letters of a session, if there is room."""
        with self._lock:
            if book.ended:
                raise erased()
            if (held := book.held(letters)) is not None:
                return held
            self._limits.check_value(owner.value)
            self._limits.check_room(book.size, self._values)
            self._values += 1
            if not book.size:
                # Behind all others, so its time begins now.
                book.ends = self._clock() + self._limits.seconds
                self._sessions[book.name] = book
                self._empty.pop(book.name, None)
            return book.enter(letters, owner)

    def erase_session(self, session: str) -> int:
        """See `Vault.erase_session`.  Turns under way forget it, too."""
        checked_name("session", session)
        with self._lock:
            return self._forget(session)

    def erase_subject(self, subject: str) -> int:
        """See `Vault.erase_subject`.  Turns under way forget it, too."""
        checked_name("subject", subject)
        with self._lock:
            every = {**self._sessions, **self._empty}
            about = [name for name, each in every.items() if subject in each.subjects]
            return sum(self._forget(name) for name in about)

    def _forget(self, session: str) -> int:
        book = self._sessions.get(session) or self._empty.get(session)
        if book is None:
            return 0
        values = self._end(book)
        book.clear()
        return values

    def _end(self, book: _MemorySession) -> int:
        self._sessions.pop(book.name, None)
        self._empty.pop(book.name, None)
        self._values -= book.size
        book.ended = True
        return book.size

    def expire(self) -> int:
        """See `Vault.expire`."""
        with self._lock:
            return self._expire(self._clock())

    def _expire(self, now: float) -> int:
        values = 0
        while self._sessions and (book := next(iter(self._sessions.values()))).ends <= now:
            # A turn that lasts longer can read to its end.
            values += self._end(book)
        return values

    def count(self) -> Counts:
        """See `Vault.count`."""
        with self._lock:
            self._expire(self._clock())
            return Counts(len(self._sessions), self._values)

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            for session in [*self._sessions, *self._empty]:
                self._forget(session)


class _MemorySession(MemoryBook):
    """One session's book, which asks its vault for room."""

    def __init__(self, vault: MemoryVault, name: str) -> None:
        super().__init__()
        self._vault = vault
        self.name = name
        self.subjects: set[str] = set()
        self.ends = 0.0
        self.ended = False

    @property
    def size(self) -> int:
        """How many values it has."""
        return len(self._owners)

    def held(self, letters: str) -> Owner | None:
        """The owner of letters."""
        return self._owners.get(letters)

    def claim(self, letters: str, owner: Owner) -> Owner:
        """See `Book.claim`."""
        held = self.held(letters)
        return self._vault.admit(self, letters, owner) if held is None else held

    def enter(self, letters: str, owner: Owner) -> Owner:
        """See `Book.claim`, without asking."""
        return super().claim(letters, owner)

    def clear(self) -> None:
        """Forget everything."""
        self._owners.clear()
        self.known.clear()
