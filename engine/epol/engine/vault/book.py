"""One session's book, sealed under the session's own key and kept in a store."""

from __future__ import annotations

import hmac
import logging
import threading
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from typing import Protocol

from epol.engine.errors import VaultError
from epol.engine.text.treatments.book import NOBODY, Owner
from epol.engine.vault.aead import Cipher
from epol.engine.vault.store import Store
from epol.engine.vault.vault import Limits

_ROW_BYTES = 16
_BLOCK = 32
_MOST_AHEAD = 1_000
_log = logging.getLogger("epol.engine")


class SessionKey:
    """What a session's random key is for: deriving tokens, naming rows, sealing values."""

    def __init__(self, handle: bytes, key: bytes) -> None:
        self.handle = handle
        self.token_key = hmac.digest(key, b"token", "sha256")
        self._row_key = hmac.digest(key, b"row", "sha256")
        self._cipher = Cipher(hmac.digest(key, b"value", "sha256"))

    def row(self, letters: str) -> bytes:
        """Where the owner of letters is kept: a digest, so that no token is in the store."""
        return hmac.digest(self._row_key, letters.encode("ascii"), "sha256")[:_ROW_BYTES]

    def seal(self, row: bytes, owner: Owner) -> bytes:
        """An owner, sealed for its row; the length tells that of the value to 32 bytes."""
        label = owner.label.encode("ascii")
        value = owner.value.encode("utf-8", "surrogatepass")
        plain = len(label).to_bytes(2) + label + value + b"\x80"
        return self._cipher.seal(plain + bytes(-len(plain) % _BLOCK), self.handle + row)

    def open(self, row: bytes, sealed: bytes) -> Owner:
        """The owner that was sealed for a row; nobody where it was changed."""
        plain = self._cipher.open(sealed, self.handle + row)
        if plain is None:
            _log.warning("a row of the vault cannot be read: it was changed, not by epol")
            return NOBODY
        start = 2 + int.from_bytes(plain[:2])
        value = plain[start:].rstrip(b"\0")[:-1]
        return Owner(plain[2:start].decode("ascii"), value.decode("utf-8", "surrogatepass"))


class Session(Protocol):
    """How a book comes by its session's key."""

    def find(self) -> SessionKey | None:
        """The key, if the session is there and can be read."""
        ...

    def begin(self) -> SessionKey:
        """The key; the session begins if it is not there."""
        ...

    @property
    def now(self) -> int:
        """The vault's clock, in ms."""
        ...


class SealedBook:
    """See `Book`.  It lives for one turn, and remembers what it has read or written.

    Threads may share it; while one of them has a batch, the others wait to claim.
    """

    def __init__(self, session: Session, store: Store, limits: Limits) -> None:
        self.known: dict[Owner, str] = {}
        self._session = session
        self._store = store
        self._limits = limits
        self._key = session.find()
        self._owners: dict[str, Owner] = {}
        # A turn sends again what the turns before it sent, so a session's rows are read at
        # once, and opened as they are needed.
        self._ahead = False
        self._rows: Mapping[bytes, bytes] | None = None
        self._staged: dict[str, Owner] | None = None
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return f"<SealedBook: {len(self._owners)} values>"

    def token_key(self) -> bytes:
        """What tokens are derived under; the session begins with its first."""
        return self._begun().token_key

    def _begun(self) -> SessionKey:
        if self._key is None:
            self._key = self._session.begin()
        return self._key

    def get(self, letters: Collection[str]) -> Mapping[str, Owner]:
        """See `Book.get`."""
        missing = [each for each in letters if each not in self._owners]
        if missing:
            self._read(missing, again=True)
        return {each: self._owners[each] for each in letters if each in self._owners}

    def _read(self, letters: Collection[str], *, again: bool) -> None:
        """Find out about letters; `again` where others may have entered them since."""
        # Another turn of the session may have begun it since.
        key = self._key or self._session.find()
        if key is None:
            return
        self._key = key
        if not self._ahead:
            self._ahead = True
            self._rows = self._store.all(key.handle, _MOST_AHEAD)
        rows = {key.row(each): each for each in letters}
        found = {row: self._rows[row] for row in rows if self._rows and row in self._rows}
        if len(found) < len(rows) and (again or self._rows is None):
            found |= self._store.get(key.handle, rows.keys() - found.keys())
        for row, sealed in found.items():
            self._owners[rows[row]] = key.open(row, sealed)

    def claim(self, letters: str, owner: Owner) -> Owner:
        """See `Book.claim`."""
        with self._lock:
            if letters not in self._owners:
                # Whether another has entered them since is seen when they are written.
                self._read((letters,), again=False)
            held = self._owners.get(letters)
            if held is not None:
                return held
            self._limits.check_value(owner.value)
            if self._staged is None:
                return self._write({letters: owner}).get(letters, owner)
            self._owners[letters] = self._staged[letters] = owner
            return owner

    def _write(self, owners: Mapping[str, Owner]) -> Mapping[str, Owner]:
        """Those that somebody else has entered meanwhile, which stay."""
        key = self._begun()
        rows = {key.row(letters): letters for letters in owners}
        sealed = {row: key.seal(row, owners[letters]) for row, letters in rows.items()}
        there = self._store.put(key.handle, sealed, self._limits, self._session.now)
        held = {rows[row]: key.open(row, each) for row, each in there.items()}
        self._owners.update(owners)
        self._owners.update(held)
        return held

    @contextmanager
    def batch(self) -> Generator[None]:
        """See `Book.batch`."""
        with self._lock:
            if self._staged is not None:
                yield
                return
            self._staged = {}
            try:
                yield
                if self._staged:
                    self._flush(self._staged)
            except BaseException:
                # None of it may be taken for something that has been written.
                self._owners.clear()
                self.known.clear()
                raise
            finally:
                self._staged = None

    def _flush(self, staged: Mapping[str, Owner]) -> None:
        held = self._write(staged)
        if any(staged[letters] != owner for letters, owner in held.items()):
            raise VaultError("another request has issued one of these tokens; send it again")
