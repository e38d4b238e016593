"""Vaults by their names in a configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from epol.engine import VaultError
from epol.engine.vault.keys import VaultKeys
from epol.engine.vault.memory import MemoryVault
from epol.engine.vault.opening import existing_vault, open_vault
from epol.engine.vault.sealed import SealedVault
from epol.engine.vault.vault import Limits
from tests.engine import servers
from tests.engine.vault.making import KEY, KEYS, OTHER_KEY, SECRET, server

VARIABLES = ("EPOL_VAULT", "EPOL_VAULT_KEY", "EPOL_VAULT_KEY_FILE")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_memory_is_the_default_and_its_key_random() -> None:
    one, two = open_vault(), open_vault("memory")
    assert isinstance(one, MemoryVault)
    assert one.session("a").token("l", SECRET) != two.session("a").token("l", SECRET)


def test_memory_takes_the_newest_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPOL_VAULT_KEY", f"{KEY.hex()} {OTHER_KEY.hex()}")
    token = open_vault().session("a").token("l", SECRET)
    assert open_vault("memory", KEYS).session("a").token("l", SECRET) == token
    monkeypatch.setenv("EPOL_VAULT_KEY", OTHER_KEY.hex())
    assert open_vault().session("a").token("l", SECRET) != token


def test_a_file_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPOL_VAULT", f"sqlite:{tmp_path}/vault.db")
    monkeypatch.setenv("EPOL_VAULT_KEY", KEY.hex())
    vault = open_vault(limits=Limits(characters=20))
    assert isinstance(vault, SealedVault)
    token = vault.session("a").token("l", SECRET)
    with pytest.raises(VaultError, match="20 characters"):
        vault.session("a").token("l", "x" * 21)
    vault.close()
    again = existing_vault(keys=KEYS)
    assert again.session("a").restore(token) == SECRET
    again.close()


@servers.needed
def test_a_server_by_its_url() -> None:
    vault = open_vault(server(), KEYS)
    assert isinstance(vault, SealedVault)
    vault.session("a").token("l", SECRET)
    assert vault.erase_session("a") == 1
    vault.close()


@pytest.mark.parametrize("place", ["/var/vault.db", "sqlite:", "http://user:word@host", "Memory"])
def test_a_place_that_is_none(place: str) -> None:
    with pytest.raises(VaultError, match="place of a vault") as refused:
        open_vault(place, KEYS)
    assert "word" not in str(refused.value)


def test_a_sealed_vault_needs_a_key(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="neither is set"):
        open_vault(f"sqlite:{tmp_path}/vault.db")
    assert not list(tmp_path.iterdir())


def test_what_is_looked_after_must_be_there(tmp_path: Path) -> None:
    place = f"sqlite:{tmp_path}/vault.db"
    for nowhere in (None, "memory"):
        with pytest.raises(VaultError, match="place of a vault"):
            existing_vault(nowhere, KEYS)
    with pytest.raises(VaultError, match="no such file"):
        existing_vault(place, KEYS)
    assert not list(tmp_path.iterdir())
    open_vault(place, KEYS).close()
    with pytest.raises(VaultError, match="under these keys"):
        existing_vault(place, VaultKeys([OTHER_KEY]))
    existing_vault(place, VaultKeys([OTHER_KEY, KEY])).close()
    existing_vault(place, VaultKeys([OTHER_KEY])).close()
