"""`epolc vault`: what it does to a vault, and that names and keys stay out of sight."""

from __future__ import annotations

from pathlib import Path

import pytest

from epol.engine.vault.keys import VaultKeys
from epol.engine.vault.opening import open_vault
from tests.compiler.cli.running import epolc

KEY, NEW_KEY = bytes(range(32)), bytes(range(32, 64))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    place = f"sqlite:{tmp_path}/vault.db"
    monkeypatch.setenv("EPOL_VAULT", place)
    monkeypatch.setenv("EPOL_VAULT_KEY", KEY.hex())
    monkeypatch.delenv("EPOL_VAULT_KEY_FILE", raising=False)
    vault = open_vault(place)
    for session, subject in [("one", "Ann Lee"), ("two", "Bob"), ("three", "Ann Lee")]:
        vault.session(session, subject).token("phi.mrn", session)
    vault.close()
    return place


def test_show_counts(place: str) -> None:
    ran = epolc("vault", "show")
    assert (ran.status, ran.out) == (0, "3 sessions, 3 values\n")


def test_erase_reads_names(place: str) -> None:
    assert epolc("vault", "erase", "--subject", "-", stdin="Ann Lee\r\n\nNobody\n").out == (
        "2 values erased\n"
    )
    assert epolc("vault", "erase", "--session", "-", stdin="two").out == "1 values erased\n"
    assert epolc("vault", "show").out == "0 sessions, 0 values\n"


@pytest.mark.parametrize(
    "arguments",
    [(), ("--subject", "Ann Lee"), ("--subject", "-", "--session", "-"), ("--session", "one")],
)
def test_names_are_no_arguments(arguments: tuple[str, ...], place: str) -> None:
    ran = epolc("vault", "erase", *arguments, stdin="Ann Lee")
    assert ran.status == 2
    assert "standard input" in ran.err
    assert "Ann" not in ran.err
    assert epolc("vault", "show").out == "3 sessions, 3 values\n"


@pytest.mark.parametrize("stdin", ["", "\n \n", b"\xff\xfe", "x" * 1_000_001])
def test_names_that_are_none(stdin: str | bytes, place: str) -> None:
    ran = epolc("vault", "erase", "--subject", "-", stdin=stdin)
    assert ran.status == 2
    assert "standard input: " in ran.err


def test_rotate_brings_sessions_under_the_newest_key(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EPOL_VAULT_KEY", f"{NEW_KEY.hex()},{KEY.hex()}")
    assert epolc("vault", "rotate").out == "3 sessions brought under the newest key\n"
    assert epolc("vault", "rotate").out == "0 sessions brought under the newest key\n"
    monkeypatch.setenv("EPOL_VAULT_KEY", NEW_KEY.hex())
    assert epolc("vault", "show").out == "3 sessions, 3 values\n"


def test_rotate_tells_of_keys_that_are_gone(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    open_vault(place, VaultKeys([NEW_KEY, KEY])).close()
    monkeypatch.setenv("EPOL_VAULT_KEY", NEW_KEY.hex())
    ran = epolc("vault", "rotate")
    assert ran.status == 1
    assert ran.err == "3 sessions are under keys that are not here\n"


def test_expire_erases_what_is_over(place: str) -> None:
    assert epolc("vault", "expire").out == "0 values erased\n"


def test_a_vault_that_is_not_there_is_not_made(
    tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EPOL_VAULT", f"sqlite:{tmp_path}/other.db")
    ran = epolc("vault", "erase", "--subject", "-", stdin="Ann Lee")
    assert (ran.status, "no such file" in ran.err) == (2, True)
    assert not (tmp_path / "other.db").exists()
    monkeypatch.setenv("EPOL_VAULT", place)
    monkeypatch.setenv("EPOL_VAULT_KEY", NEW_KEY.hex())
    ran = epolc("vault", "erase", "--subject", "-", stdin="Ann Lee")
    assert (ran.status, "under these keys" in ran.err) == (2, True)
    monkeypatch.delenv("EPOL_VAULT_KEY")
    ran = epolc("vault", "show")
    assert (ran.status, "neither is set" in ran.err) == (2, True)
