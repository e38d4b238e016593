"""The vault in a file: what is on the disk, and what happens where it cannot be used."""

from __future__ import annotations

import logging
import os
import resource
import signal
import sqlite3
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from epol.engine import VaultError
from epol.engine.vault.keys import VaultKeys
from epol.engine.vault.sealed import SealedVault
from epol.engine.vault.sqlite import SqliteStore
from epol.engine.vault.vault import Limits
from tests.engine.forking import forked
from tests.engine.vault.making import KEY, KEYS, OTHER_KEY, SECRET, Hand, sealed


def vault_at(path: Path, patience: float = 0.2) -> SealedVault:
    return SealedVault(SqliteStore(path, patience=patience), KEYS)


def use(path: Path) -> None:
    """Open, issue a token, close."""
    vault = vault_at(path)
    try:
        vault.session("a").token("l", "new")
    finally:
        vault.close()


def on_disk(folder: Path) -> bytes:
    """All bytes of the file, its log and its index of the log."""
    names = ("vault.db", "vault.db-wal", "vault.db-shm")
    return b"".join((folder / n).read_bytes() for n in names if (folder / n).exists())


def stored(folder: Path) -> list[bytes]:
    """Whatever the file has of sessions, as SQLite reads it."""
    with sqlite3.connect(folder / "vault.db") as db:
        held = db.execute("SELECT sealed FROM held UNION ALL SELECT wrapped FROM sessions")
        found = [each for (each,) in held.fetchall()]
    db.close()
    return found


# --- bytes ----------------------------------------------------------------------------


def test_nothing_is_on_the_disk_in_clear(tmp_path: Path) -> None:
    with sealed("sqlite", tmp_path) as vault:
        token = vault.session("session-7", "subject-8").token("phi.mrn", SECRET)
        before = on_disk(tmp_path)
    for data in (before, on_disk(tmp_path)):
        assert len(data) > 4096
        for told in (SECRET, "session-7", "subject-8", "phi.mrn", token[-17:-1], KEY.hex()):
            assert told.encode() not in data
            assert told.encode("utf-16-le") not in data
        assert KEY not in data


@pytest.mark.parametrize("how", ["session", "subject", "time"])
def test_erased_bytes_are_gone_from_all_files(how: str, tmp_path: Path) -> None:
    hand = Hand()
    with sealed("sqlite", tmp_path, clock=hand) as vault:
        keep, gone = vault.session("kept"), vault.session("a", "Ann")
        for at in range(800):
            # Of many lengths and in turn, so that pages are split and cells moved.
            gone.token("l", "x" * (at * 7 % 400) + str(at))
            keep.token("l", "y" * (at * 5 % 300) + str(at))
        token = keep.token("l", "kept")
        kept = stored(tmp_path)
        if how == "time":
            hand.now += 70_000
            vault.session("kept")
            hand.now += 30_000
        before = on_disk(tmp_path)
        assert all(each in before for each in kept)
        erase: dict[str, Callable[[], int]] = {
            "session": lambda: vault.erase_session("a"),
            "subject": lambda: vault.erase_subject("Ann"),
            "time": vault.expire,
        }
        assert erase[how]() == 800
        left = set(stored(tmp_path))
        erased = [each for each in kept if each not in left]
        assert len(erased) == 801
        after = on_disk(tmp_path)
        assert not [each for each in erased if each in after]
        assert (tmp_path / "vault.db-wal").stat().st_size == 0
        assert vault.session("kept").restore(token) == "kept"


def test_rotated_keys_are_gone_from_all_files(tmp_path: Path) -> None:
    with sealed("sqlite", tmp_path, KEY) as vault:
        for at in range(300):
            vault.session(str(at)).token("l", SECRET)
    with sqlite3.connect(tmp_path / "vault.db") as db:
        found = db.execute("SELECT wrapped FROM sessions UNION ALL SELECT value FROM settings")
        old = [each for (each,) in found.fetchall()]
    db.close()
    assert len(old) == 301
    with sealed("sqlite", tmp_path, OTHER_KEY, KEY) as vault:
        assert vault.rotate() == (300, 0)
        data = on_disk(tmp_path)
    assert not [each for each in old if each in data]


def test_the_files_are_their_owners(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with sealed("sqlite", tmp_path) as vault:
            vault.session("a").token("l", SECRET)
            modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(("vault.db", "vault.db-wal", "vault.db-shm"), 0o600)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with sealed("sqlite", tmp_path):
        pass
    (tmp_path / "vault.db").chmod(0o640)
    with pytest.raises(VaultError, match="others can read or change"):
        vault_at(tmp_path / "vault.db")


def test_a_row_that_was_changed_means_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with sealed("sqlite", tmp_path) as vault:
        ours = vault.session("a")
        tokens = [ours.token("l", value) for value in "xy"]
        (one, sealed_one), (two, sealed_two) = _rows(tmp_path)
        _exchange(tmp_path, {one: sealed_two, two: sealed_one})
        turn = vault.session("a")
        with caplog.at_level(logging.WARNING):
            assert turn.restore("".join(tokens)) == "".join(tokens)
            assert turn.value(tokens[0][-17:-1]) is None
            with turn.batch():
                again = turn.token("l", "x")
        assert again not in tokens
        assert vault.session("a").restore(again) == "x"
        _exchange(tmp_path, {one: sealed_one, two: sealed_two})
        assert vault.session("a").restore("".join(tokens)) == "xy"
    assert "was changed" in caplog.text
    assert tokens[0] not in caplog.text


def _rows(folder: Path) -> list[tuple[bytes, bytes]]:
    with sqlite3.connect(folder / "vault.db") as db:
        found = db.execute("SELECT row, sealed FROM held").fetchall()
    db.close()
    return found


def _exchange(folder: Path, rows: dict[bytes, bytes]) -> None:
    with sqlite3.connect(folder / "vault.db") as db:
        db.executemany(
            "UPDATE held SET sealed = ? WHERE row = ?", [(s, r) for r, s in rows.items()]
        )
    db.close()


# --- where the file cannot be used ----------------------------------------------------


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match=r"none/vault\.db: No such file"):
        vault_at(tmp_path / "none" / "vault.db")
    with pytest.raises(VaultError, match="regular file"):
        vault_at(tmp_path)


@pytest.mark.parametrize("data", [b"not a database" * 500, b"SQLite format 3\0" + bytes(4080)])
def test_a_file_that_is_no_database(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(VaultError, match=r"no vault|damaged"):
        vault_at(path)
    assert path.read_bytes() == data


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE notes (text)")
    db.close()
    path.chmod(0o600)
    data = path.read_bytes()
    with pytest.raises(VaultError, match="no vault of this version"):
        vault_at(path)
    assert path.read_bytes() == data


def test_a_file_that_is_damaged_while_in_use(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    vault = vault_at(path)
    ours = vault.session("a")
    with ours.batch():
        for at in range(2000):
            ours.token("l", f"{SECRET} {at}")
    vault.close()
    data = bytearray(path.read_bytes())
    for at in range(4096 * 2, len(data)):
        data[at] ^= 0x5A
    path.write_bytes(data)
    with pytest.raises(VaultError) as damaged:
        use(path)
    assert "damaged" in str(damaged.value)
    assert SECRET not in str(damaged.value)


def test_a_locked_file_is_waited_for_and_told(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    vault = vault_at(path)
    token = vault.session("a").token("l", SECRET)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(VaultError, match="locked"):
        vault.session("a").token("l", "new")
    assert vault.session("a").restore(token) == SECRET
    other.execute("ROLLBACK")
    assert vault.session("a").token("l", "new")
    other.close()
    vault.close()


def test_erasing_beside_a_reader_says_what_is_left(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    vault = vault_at(path)
    vault.session("a").token("l", SECRET)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM held").fetchall()
    with pytest.raises(VaultError, match="erase once more"):
        vault.erase_session("a")
    reader.execute("COMMIT")
    reader.close()
    assert vault.erase_session("a") == 0
    assert (tmp_path / "vault.db-wal").stat().st_size == 0
    vault.close()


def test_a_full_disk_blocks_and_harms_nothing(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    vault = vault_at(path)
    token = vault.session("a").token("l", SECRET)

    def work() -> bool:
        # As on a full disk, a write fails in the middle.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        ours = vault.session("a")
        try:
            with ours.batch():
                for at in range(5000):
                    ours.token("l", f"{SECRET} {at}")
        except VaultError as error:
            told = str(error)
            return SECRET not in told and vault.session("a").restore(token) == SECRET
        return False

    assert forked(work)
    assert vault.session("a").restore(token) == SECRET
    assert vault.count() == (1, 1)
    vault.close()


def test_a_file_that_may_only_be_read() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "vault.db")
        vault_at(path).close()
        path.chmod(0o400)
        Path(folder).chmod(0o555)
        if os.geteuid() == 0:
            os.chown(path, 65534, 65534)
        assert forked(lambda: _is_refused(path))
        Path(folder).chmod(0o700)


def _is_refused(path: Path) -> bool:
    if os.geteuid() == 0:
        os.setuid(65534)
    try:
        vault_at(path)
    except VaultError as error:
        return "cannot be written" in str(error) or "cannot be opened" in str(error)
    return False


# --- forks ----------------------------------------------------------------------------


def test_a_child_has_a_connection_of_its_own(tmp_path: Path) -> None:
    vault = vault_at(tmp_path / "vault.db", patience=5)
    token = vault.session("a").token("l", SECRET)

    def work() -> bool:
        turn = vault.session("a")
        return turn.restore(token) == SECRET and bool(turn.token("l", "child"))

    store: object = vars(vault)["_store"]
    file: object = vars(store)["_file"]
    with vars(file)["_lock"]:
        assert forked(work)
    child = vault.session("a").token("l", "child")
    assert vault.count() == (1, 2)
    assert vault.session("a").restore(child) == "child"
    vault.close()


def test_what_is_closed_opens_again(tmp_path: Path) -> None:
    vault = vault_at(tmp_path / "vault.db")
    token = vault.session("a").token("l", SECRET)
    vault.close()
    vault.close()
    assert vault.session("a").restore(token) == SECRET
    vault.close()


def test_an_expired_session_makes_room_as_others_begin(tmp_path: Path) -> None:
    hand = Hand()
    store = SqliteStore(tmp_path / "vault.db")
    vault = SealedVault(store, VaultKeys([KEY]), Limits(seconds=10), clock=hand)
    for name in "abcdef":
        vault.session(name).token("l", name)
    hand.now += 20
    vault.session("new").token("l", "new")
    assert len(stored(tmp_path)) == 2
    vault.close()
