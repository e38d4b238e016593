"""What a sealed vault asks of a place to keep bytes.

A store knows no value and no name: what it is given is sealed or a keyed digest.  Each
method is one transaction, safe between threads and processes, and raises `VaultError` where
the place cannot be read or written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple, Protocol

from epol.engine.vault.vault import Counts, Limits


class Header(NamedTuple):
    """A session, as a store has it."""

    handle: bytes
    """Random; names its rows.  A session that begins again has another one."""
    wrapped: bytes
    """Its key, wrapped."""


class Times(NamedTuple):
    """A moment of the system's clock, in ms since 1970, and when sessions used now end."""

    now: int
    least: int
    """A session in use that would end sooner than this ..."""
    ends: int
    """... ends at this, somewhat later, so that not every turn has to write."""


class Store(Protocol):
    """Sessions, each under a name, with rows."""

    def read(self, name: bytes) -> bytes | None:
        """Something of the vault's own."""
        ...

    def write_once(self, name: bytes, value: bytes) -> bytes:
        """Keep it, unless something is there under that name; what is there now."""
        ...

    def remove(self, name: bytes) -> None:
        """Forget it."""
        ...

    def find(self, name: bytes, subject: bytes | None, times: Times) -> Header | None:
        """A session whose time is not over, which it begins anew; a subject is added to it."""
        ...

    def begin(self, name: bytes, header: Header, subject: bytes | None, times: Times) -> Header:
        """As `find`, and where there is none, this one begins.

        Forgets some sessions whose time is over.
        """
        ...

    def get(self, handle: bytes, rows: Collection[bytes]) -> Mapping[bytes, bytes]:
        """Those rows of a session that are there."""
        ...

    def all(self, handle: bytes, most: int) -> Mapping[bytes, bytes] | None:
        """Every row of a session; None where it has more than so many."""
        ...

    def put(
        self, handle: bytes, rows: Mapping[bytes, bytes], limits: Limits, now: int
    ) -> Mapping[bytes, bytes]:
        """Keep rows, all that are new or none; those that were there, as they are.

        Raises `VaultFullError` where the session or all of them would have too many, and
        `erased()` where the session has gone.
        """
        ...

    def erase(self, name: bytes, handle: bytes | None = None) -> int:
        """Forget a session (if that is its handle), so that no byte of it is left."""
        ...

    def erase_subject(self, subject: bytes) -> int:
        """The same for all sessions of a subject."""
        ...

    def expire(self, now: int) -> int:
        """The same for all sessions whose time is over."""
        ...

    def headers(self) -> Iterator[Header]:
        """Every session."""
        ...

    def rewrap(self, old: Header, wrapped: bytes) -> bool:
        """Exchange a session's wrapped key, if it is still the old one."""
        ...

    def settle(self) -> None:
        """See to it that nothing is left of what was removed or exchanged."""
        ...

    def count(self, now: int) -> Counts:
        """Sessions whose time is not over, and their rows."""
        ...

    def close(self) -> None:
        """Give back what is open."""
        ...
