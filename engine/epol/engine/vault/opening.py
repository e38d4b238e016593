"""A vault by its name, as a configuration has it."""

from __future__ import annotations

import os
from pathlib import Path

from epol.engine.errors import VaultError
from epol.engine.vault.keys import FILE_VARIABLE, VARIABLE, VaultKeys
from epol.engine.vault.memory import MemoryVault
from epol.engine.vault.redis import RedisStore
from epol.engine.vault.sealed import SealedVault
from epol.engine.vault.sqlite import SqliteStore
from epol.engine.vault.vault import Limits, Vault

PLACE_VARIABLE = "EPOL_VAULT"
MEMORY = "memory"
_SQLITE = "sqlite:"
_SERVERS = ("redis://", "rediss://", "unix://")


def open_vault(
    place: str | None = None, keys: VaultKeys | None = None, limits: Limits | None = None
) -> Vault:
    """A vault: `memory`, `sqlite:PATH`, or the URL of a Redis server.

    Without a place, the one that `EPOL_VAULT` names, else memory.  Without keys, those that
    `VaultKeys.from_environment` finds; memory needs none.  Raises `VaultError`.
    """
    place = place or os.environ.get(PLACE_VARIABLE) or MEMORY
    if place == MEMORY:
        return MemoryVault(_key_of_memory(keys), limits)
    return _sealed(place, keys, limits, make=True)


def existing_vault(place: str | None = None, keys: VaultKeys | None = None) -> SealedVault:
    """As `open_vault`, but only one that is there, outside of this process, under these keys.

    For erasing and rotating, which should not succeed in a vault that was never used.
    """
    return _sealed(place or os.environ.get(PLACE_VARIABLE, ""), keys, None, make=False)


def _sealed(
    place: str, keys: VaultKeys | None, limits: Limits | None, *, make: bool
) -> SealedVault:
    path = place.removeprefix(_SQLITE)
    if not place.startswith(_SERVERS) and (path == place or not path):
        # Its words are not repeated: a URL may hold a password.
        raise VaultError(
            f"the place of a vault is `{_SQLITE}PATH` or the URL of a Redis server (`redis://…`)"
        )
    keys = keys or VaultKeys.from_environment()
    if path == place:
        return SealedVault(RedisStore(place), keys, limits, make=make)
    if not make and not Path(path).exists():
        raise VaultError(f"{path}: there is no such file")
    return SealedVault(SqliteStore(path), keys, limits, make=make)


def _key_of_memory(keys: VaultKeys | None) -> bytes | None:
    if keys is None and (os.environ.get(VARIABLE) or os.environ.get(FILE_VARIABLE)):
        keys = VaultKeys.from_environment()
    return None if keys is None else keys.newest.memory_key
