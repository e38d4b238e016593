"""Vaults of every kind for tests, with a clock that tests move."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from epol.engine.vault.keys import VaultKeys
from epol.engine.vault.memory import MemoryVault
from epol.engine.vault.redis import RedisStore
from epol.engine.vault.sealed import SealedVault
from epol.engine.vault.sqlite import SqliteStore
from epol.engine.vault.store import Store
from epol.engine.vault.vault import Limits, Vault
from tests.engine import servers

KEY = bytes(range(32))
OTHER_KEY = bytes(range(32, 64))
KEYS = VaultKeys([KEY])
SECRET = "MRN 00482913"

Clock = Callable[[], float]


class Hand:
    """A clock that stands still until it is moved, in seconds."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


_servers = ExitStack()


@cache
def server() -> str:
    """The URL of a server that the whole test process uses."""
    return _servers.enter_context(servers.running())


def stop_server() -> None:
    """End it."""
    _servers.close()
    server.cache_clear()


def redis_store(folder: Path) -> Store:
    """A store of its own for a folder, whoever asks for it."""
    return RedisStore(server(), name=str(folder))


def sqlite_store(folder: Path) -> Store:
    """The same in a file."""
    return SqliteStore(folder / "vault.db")


STORES: dict[str, Callable[[Path], Store]] = {"sqlite": sqlite_store, "redis": redis_store}
KINDS = ("memory", *STORES)


def _parameters(kinds: tuple[str, ...]) -> list[Any]:
    marks = {"redis": [servers.needed]}
    return [pytest.param(kind, marks=marks.get(kind, [])) for kind in kinds]


every_kind = pytest.mark.parametrize("kind", _parameters(KINDS))
every_store = pytest.mark.parametrize("kind", _parameters(tuple(STORES)))


@contextmanager
def made(
    kind: str,
    folder: Path,
    limits: Limits | None = None,
    clock: Clock | None = None,
    keys: VaultKeys = KEYS,
) -> Generator[Vault]:
    """A vault of a kind, closed at the end."""
    if kind == "memory":
        vault: Vault = MemoryVault(KEY, limits, clock=clock or Hand())
    else:
        vault = SealedVault(STORES[kind](folder), keys, limits, clock=clock or Hand())
    try:
        yield vault
    finally:
        vault.close()


@contextmanager
def sealed(
    kind: str, folder: Path, *keys: bytes, clock: Clock | None = None
) -> Generator[SealedVault]:
    """A vault over a store, with other keys."""
    vault = SealedVault(STORES[kind](folder), VaultKeys(keys or (KEY,)), clock=clock or Hand())
    try:
        yield vault
    finally:
        vault.close()
