"""A vault whose store sees only what is sealed: a file or a server that processes share.

Every session has a random key of its own.  Its tokens are derived under that key, and its
values sealed; the vault's key wraps it.  So erasing is twofold: the rows go, and with the
wrapped key whatever is left of them somewhere becomes noise, and the tokens that have
left can no longer be tried against guesses.  Names of sessions and subjects are kept
as digests under the vault's index key, which is wrapped likewise.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable
from typing import NamedTuple

from epol.engine.errors import VaultError
from epol.engine.text.treatments.tokens import Tokens
from epol.engine.vault.aead import KEY_BYTES
from epol.engine.vault.book import SealedBook, SessionKey
from epol.engine.vault.keys import VaultKeys
from epol.engine.vault.store import Header, Store, Times
from epol.engine.vault.vault import Counts, Limits, checked_name

_INDEX = b"index"
_HANDLE_BYTES = _NAME_BYTES = 16


class Rotated(NamedTuple):
    """How many sessions have the newest key now, and how many have a key that is not here."""

    rewrapped: int
    unreadable: int


class SealedVault:
    """See `Vault`.  Raises `VaultError`, as every method does, if its store cannot be used.

    A store that none of the keys knows is a new vault, or refused where none is to be made.
    """

    def __init__(
        self,
        store: Store,
        keys: VaultKeys,
        limits: Limits | None = None,
        *,
        clock: Callable[[], float] = time.time,
        make: bool = True,
    ) -> None:
        self._store = store
        self._keys = keys
        self._limits = limits or Limits()
        self._clock = clock
        try:
            self._index = _index_key(store, keys, make=make)
        except VaultError:
            store.close()
            raise

    def __repr__(self) -> str:
        return f"<SealedVault in {self._store!r}>"

    def session(self, session: str, subject: str | None = None) -> Tokens:
        """See `Vault.session`."""
        name = self._name("session", session)
        about = None if subject is None else self._name("subject", subject)
        turn = _Turn(self._store, self._keys, name, about, self._times)
        book = SealedBook(turn, self._store, self._limits)
        return Tokens(book.token_key, book=book)

    def erase_session(self, session: str) -> int:
        """See `Vault.erase_session`.  A turn under way may still read what it has read."""
        return self._store.erase(self._name("session", session))

    def erase_subject(self, subject: str) -> int:
        """See `Vault.erase_subject`.  A turn under way may still read what it has read."""
        return self._store.erase_subject(self._name("subject", subject))

    def expire(self) -> int:
        """See `Vault.expire`."""
        return self._store.expire(self._times().now)

    def count(self) -> Counts:
        """See `Vault.count`."""
        return self._store.count(self._times().now)

    def rotate(self) -> Rotated:
        """Wrap every session's key by the newest key; tokens stay as they are.

        Afterwards the older keys can be taken away, and should be destroyed: with them go
        all older copies of the store.
        """
        rewrapped = unreadable = 0
        newest = self._keys.newest
        for header in self._store.headers():
            if header.wrapped.startswith(newest.id):
                continue
            key = self._keys.unwrap(header.wrapped, header.handle)
            if key is None:
                unreadable += 1
            else:
                rewrapped += self._store.rewrap(header, newest.wrap(key, header.handle))
        for older in self._keys.all[1:]:
            self._store.remove(older.id)
        self._store.settle()
        return Rotated(rewrapped, unreadable)

    def close(self) -> None:
        """See `Vault.close`."""
        self._store.close()

    def _name(self, what: str, name: str) -> bytes:
        """What the store has in place of a session's or subject's name."""
        plain = checked_name(what, name).encode("utf-8", "surrogatepass")
        return hmac.digest(self._index, what.encode() + b":" + plain, "sha256")[:_NAME_BYTES]

    def _times(self) -> Times:
        now = self._clock()
        least = now + self._limits.seconds
        ends = least + self._limits.seconds / 16
        return Times(*(round(1000 * each) for each in (now, least, ends)))


class _Turn(NamedTuple):
    """A session for one turn of it."""

    store: Store
    keys: VaultKeys
    name: bytes
    subject: bytes | None
    times: Callable[[], Times]

    @property
    def now(self) -> int:
        """See `Session.now`."""
        return self.times().now

    def find(self) -> SessionKey | None:
        """See `Session.find`."""
        header = self.store.find(self.name, self.subject, self.times())
        return None if header is None else self._opened(header)

    def begin(self) -> SessionKey:
        """See `Session.begin`.

        One that cannot be read any more begins again, and what it had is erased.
        """
        for _ in range(2):
            handle, key = secrets.token_bytes(_HANDLE_BYTES), secrets.token_bytes(KEY_BYTES)
            fresh = Header(handle, self.keys.newest.wrap(key, handle))
            header = self.store.begin(self.name, fresh, self.subject, self.times())
            opened = self._opened(header)
            if opened is not None:
                return opened
            self.store.erase(self.name, header.handle)
        raise VaultError("another process uses the vault under keys that are not here")

    def _opened(self, header: Header) -> SessionKey | None:
        key = self.keys.unwrap(header.wrapped, header.handle)
        return None if key is None else SessionKey(header.handle, key)


def _index_key(store: Store, keys: VaultKeys, *, make: bool) -> bytes:
    """The vault's index key, which is wrapped by the newest key from now on."""
    wrapped = (store.read(each.id) for each in keys.all)
    opened = (keys.unwrap(each, _INDEX) for each in wrapped if each is not None)
    index = next((each for each in opened if each is not None), None)
    if index is None and not make:
        raise VaultError("there is no vault under these keys")
    fresh = secrets.token_bytes(KEY_BYTES) if index is None else index
    newest = keys.newest
    there = newest.unwrap(store.write_once(newest.id, newest.wrap(fresh, _INDEX)), _INDEX)
    if there is None:
        raise VaultError("the vault was changed: its index cannot be read under its own key")
    return there
