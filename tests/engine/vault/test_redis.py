"""The vault in a server: what it holds, and what happens where it cannot be used."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import pytest

from epol.engine import VaultError, VaultFullError
from epol.engine.vault.redis import RedisStore
from epol.engine.vault.sealed import SealedVault
from tests.engine import servers
from tests.engine.forking import forked
from tests.engine.vault.making import KEY, KEYS, SECRET, Hand, sealed, server

pytestmark = servers.needed


def raw(*words: str | bytes, url: str | None = None) -> object:
    """A command to the server behind the vault's back."""
    client: Any = import_module("redis").Redis.from_url(url or server())
    try:
        answer: object = client.execute_command(*words)
        return answer
    finally:
        client.close()


def held(folder: Path) -> dict[bytes, bytes]:
    """All keys of a vault, with their serialized values."""
    keys = cast(list[bytes], raw("KEYS", f"epol:{{{folder}}}:*"))
    return {key: cast(bytes, raw("DUMP", key)) for key in keys}


def test_nothing_is_in_the_server_in_clear(tmp_path: Path) -> None:
    with sealed("redis", tmp_path) as vault:
        token = vault.session("session-7", "subject-8").token("phi.mrn", SECRET)
        found = held(tmp_path)
        assert len(found) == 8
        data = b"".join(key.split(b"}:")[1] + value for key, value in found.items())
        for told in (SECRET, "session-7", "subject-8", "phi.mrn", token[-17:-1]):
            assert told.encode() not in data
        assert KEY not in data


def test_erasing_leaves_nothing_of_a_session(tmp_path: Path) -> None:
    with sealed("redis", tmp_path) as vault:
        for name in "ab":
            vault.session(name, "Ann").token("l", SECRET)
        vault.session("b", "Bob")
        assert vault.erase_subject("Ann") == 2
        left = {key.split(b"}:")[1] for key in held(tmp_path)}
        assert left == {b"settings", b"total"}
        assert raw("GET", f"epol:{{{tmp_path}}}:total") == b"0"


def test_the_server_forgets_by_itself(tmp_path: Path) -> None:
    with sealed("redis", tmp_path) as vault:
        vault.session("a", "Ann").token("l", SECRET)
        for key in held(tmp_path):
            kind = key.split(b"}:")[1][:2]
            # A day, a sixteenth of it, and a minute.
            left = raw("PTTL", key)
            assert isinstance(left, int)
            assert (0 < left <= 91_860_000) == (kind in (b"n:", b"h:", b"s:", b"b:"))


def test_what_the_server_forgot_makes_room(tmp_path: Path) -> None:
    hand = Hand()
    with sealed("redis", tmp_path, clock=hand) as vault:
        token = vault.session("a", "Ann").token("l", SECRET)
        for key in held(tmp_path):
            if key.split(b"}:")[1].startswith((b"n:", b"h:", b"s:", b"b:")):
                raw("DEL", key)
        assert vault.session("a").restore(token) == token
        vault.session("a").token("l", "new")
        hand.now += 100_000
        assert vault.expire() == 2
        assert vault.count() == (0, 0)


def test_a_server_that_throws_out_is_refused() -> None:
    with servers.running("--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru") as url:
        with pytest.raises(VaultError, match=r"allkeys-lru.*noeviction"):
            RedisStore(url)
        raw("CONFIG", "SET", "maxmemory-policy", "noeviction", url=url)
        RedisStore(url).close()


def test_a_server_whose_memory_is_full_blocks() -> None:
    with servers.running() as url:
        vault = SealedVault(RedisStore(url), KEYS)
        token = vault.session("a").token("l", SECRET)
        raw("CONFIG", "SET", "maxmemory", "1", url=url)
        ours = vault.session("a")
        with pytest.raises(VaultFullError, match="memory of the vault's server"):
            ours.token("l", "new")
        assert ours.restore(token) == SECRET
        vault.close()


def test_a_server_that_goes_away_is_told() -> None:
    with servers.running() as url:
        vault = SealedVault(RedisStore(url, patience=0.5), KEYS)
        ours = vault.session("a")
        token = ours.token("l", SECRET)
    for fails in (
        lambda: vault.session("b"),
        lambda: ours.token("l", "new"),
        lambda: vault.erase_session("a"),
        vault.count,
        vault.expire,
    ):
        with pytest.raises(VaultError, match="server cannot be used") as told:
            fails()
        assert url not in str(told.value)
    # What this turn has read it can still turn back.
    assert ours.restore(token) == SECRET
    with pytest.raises(VaultError, match="server cannot be used"):
        RedisStore(url, patience=0.5)


def test_a_server_that_hangs_is_given_up() -> None:
    with servers.running() as url:
        vault = SealedVault(RedisStore(url, patience=0.2), KEYS)
        raw("CLIENT", "PAUSE", "60000", url=url)
        with pytest.raises(VaultError, match="TimeoutError"):
            vault.session("a")
        vault.close()


def test_a_server_that_forgets_scripts_is_told_them_again() -> None:
    with servers.running() as url:
        vault = SealedVault(RedisStore(url), KEYS)
        token = vault.session("a").token("l", SECRET)
        raw("SCRIPT", "FLUSH", url=url)
        assert vault.session("a").restore(token) == SECRET
        vault.close()


def test_a_wrong_password_is_not_repeated() -> None:
    with servers.running("--requirepass", "right-word") as url:
        with pytest.raises(VaultError, match="AuthenticationError") as told:
            RedisStore(url.replace("unix://", "unix://:wrong-word@"))
        assert "word" not in str(told.value)
        store = RedisStore(url.replace("unix://", "unix://:right-word@"))
        assert "word" not in repr(store)
        store.close()


def test_a_url_of_something_else_is_refused() -> None:
    with pytest.raises(VaultError, match="needs a URL of Redis") as told:
        RedisStore("http://user:word@localhost")
    assert "word" not in str(told.value)


def test_what_to_install_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(VaultError, match=r"install `epol\[redis\]`"):
        RedisStore("redis://localhost")


def test_vaults_of_other_names_share_nothing(tmp_path: Path) -> None:
    one = SealedVault(RedisStore(server(), name=f"{tmp_path}/1"), KEYS)
    two = SealedVault(RedisStore(server(), name=f"{tmp_path}/2"), KEYS)
    token = one.session("a").token("l", SECRET)
    assert two.session("a").restore(token) == token
    assert two.count() == (0, 0)
    one.close()
    two.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_child_has_a_connection_of_its_own(tmp_path: Path) -> None:
    with sealed("redis", tmp_path) as vault:
        token = vault.session("a").token("l", SECRET)

        def work() -> bool:
            turn = vault.session("a")
            return turn.restore(token) == SECRET and bool(turn.token("l", "child"))

        assert forked(work)
        assert vault.session("a").token("l", "parent")
        assert vault.count() == (1, 3)
