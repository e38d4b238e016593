"""What has been issued in one session: which letters stand for what.

`Tokens` has the logic; a book only keeps, so that a session can be kept in memory, in a
file or in a server alike.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple, Protocol


class Owner(NamedTuple):
    """A value under a label's name."""

    label: str
    value: str

    def __repr__(self) -> str:
        return f"<a value of {self.label}>"


NOBODY = Owner("", "")
"""Owns letters that are never issued, because a text said them before."""


class Book(Protocol):
    """Letters and their owners: written once, never changed.

    Any of it may raise `VaultError` where the book is not in this process's memory.
    """

    known: dict[Owner, str]
    """Tokens by owner, as far as this object has met them.  What is missing is derived again."""

    def get(self, letters: Collection[str]) -> Mapping[str, Owner]:
        """The owners of those letters that have one."""
        ...

    def claim(self, letters: str, owner: Owner) -> Owner:
        """Enter an owner, unless the letters have one; whose they are now."""
        ...

    def batch(self) -> AbstractContextManager[None]:
        """Claims inside are written together when it ends.

        If it fails, nothing is written (in memory, what was claimed before it failed stays).
        """
        ...


class MemoryBook:
    """A book in memory.

    Threads may share it: it only ever adds, and each addition is one `dict.setdefault`, so
    there is no lock that a fork could leave locked.
    """

    def __init__(self) -> None:
        self.known: dict[Owner, str] = {}
        self._owners: dict[str, Owner] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self._owners)} values>"

    def get(self, letters: Collection[str]) -> Mapping[str, Owner]:
        """See `Book.get`."""
        owners = self._owners
        return {each: owners[each] for each in letters if each in owners}

    def claim(self, letters: str, owner: Owner) -> Owner:
        """See `Book.claim`."""
        return self._owners.setdefault(letters, owner)

    def batch(self) -> AbstractContextManager[None]:
        """See `Book.batch`; here there is nothing to write."""
        return nullcontext()
