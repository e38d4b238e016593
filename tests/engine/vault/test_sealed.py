"""Vaults over a store: keys that come and go, rows that were changed, bytes that tell nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine import VaultError, VaultFullError
from epol.engine.text.treatments.book import NOBODY, Owner
from epol.engine.text.treatments.tokens import Tokens, derive
from epol.engine.vault.book import SessionKey
from epol.engine.vault.keys import VaultKey, VaultKeys
from epol.engine.vault.sealed import SealedVault
from epol.engine.vault.sqlite import SqliteStore
from epol.engine.vault.store import Header, Times
from epol.engine.vault.vault import Counts, Limits
from tests.engine.vault.making import KEY, OTHER_KEY, SECRET, STORES, every_store, made, sealed

THIRD_KEY = bytes(range(64, 96))


@every_store
def test_a_session_outlives_its_process(kind: str, tmp_path: Path) -> None:
    with sealed(kind, tmp_path) as vault:
        token = vault.session("a").token("l", SECRET)
    with sealed(kind, tmp_path) as vault:
        assert vault.session("a").restore(token) == SECRET
        assert vault.session("a").token("l", SECRET) == token


@every_store
def test_a_session_that_begins_again_has_other_tokens(kind: str, tmp_path: Path) -> None:
    with sealed(kind, tmp_path) as vault:
        token = vault.session("a").token("l", SECRET)
        vault.erase_session("a")
        again = vault.session("a")
        assert again.token("l", SECRET) != token
        assert again.restore(token) == token


@every_store
def test_a_new_key_leaves_sessions_as_they_are(kind: str, tmp_path: Path) -> None:
    with sealed(kind, tmp_path, KEY) as vault:
        token = vault.session("a", "Ann").token("l", SECRET)
    with sealed(kind, tmp_path, OTHER_KEY, KEY) as vault:
        assert vault.session("a").token("l", SECRET) == token
        new = vault.session("b").token("l", SECRET)
        # One that has not heard of the new key yet goes on with the old one's sessions.
        with sealed(kind, tmp_path, KEY) as late:
            assert late.session("a").restore(token) == SECRET
            assert late.session("b").restore(new) == new
        assert vault.session("b").restore(new) == SECRET


@every_store
def test_after_rotating_the_old_key_is_not_needed(kind: str, tmp_path: Path) -> None:
    with sealed(kind, tmp_path, KEY) as vault:
        tokens = {name: vault.session(name, "Ann").token("l", name) for name in "abc"}
    with sealed(kind, tmp_path, OTHER_KEY, KEY) as vault:
        assert vault.rotate() == (3, 0)
        assert vault.rotate() == (0, 0)
        assert all(vault.session(name).token("l", name) == tokens[name] for name in "abc")
    with sealed(kind, tmp_path, OTHER_KEY) as vault:
        assert all(vault.session(name).restore(tokens[name]) == name for name in "abc")
    with sealed(kind, tmp_path, KEY) as vault:
        assert all(vault.session(name).restore(tokens[name]) == tokens[name] for name in "abc")
    with sealed(kind, tmp_path, THIRD_KEY, OTHER_KEY) as vault:
        assert vault.erase_subject("Ann") == 3


@every_store
def test_the_old_key_opens_nothing_after_rotating(kind: str, tmp_path: Path) -> None:
    with sealed(kind, tmp_path, KEY) as vault:
        vault.session("a").token("l", SECRET)
    with sealed(kind, tmp_path, OTHER_KEY, KEY) as vault:
        vault.rotate()
    store = STORES[kind](tmp_path)
    (header,) = store.headers()
    assert header.wrapped.startswith(VaultKey(OTHER_KEY).id)
    assert VaultKey(KEY).unwrap(header.wrapped, header.handle) is None
    assert store.read(VaultKey(KEY).id) is None
    store.close()


@every_store
def test_a_key_that_was_taken_away(kind: str, tmp_path: Path) -> None:
    with sealed(kind, tmp_path, KEY) as vault:
        token = vault.session("a", "Ann").token("l", SECRET)
    with sealed(kind, tmp_path, OTHER_KEY, KEY):
        pass
    with sealed(kind, tmp_path, OTHER_KEY) as vault:
        ours = vault.session("a")
        assert ours.restore(token) == token
        assert ours.value(token[-17:-1]) is None
        assert vault.rotate() == (0, 1)
        new = ours.token("l", SECRET)
        assert new != token
        assert vault.session("a").restore(new + token) == SECRET + token
        assert vault.rotate() == (0, 0)
        assert vault.count() == Counts(1, 1)


@every_store
def test_subjects_are_found_though_their_key_was_taken_away(kind: str, tmp_path: Path) -> None:
    with sealed(kind, tmp_path, KEY) as vault:
        vault.session("a", "Ann").token("l", SECRET)
    with sealed(kind, tmp_path, OTHER_KEY, KEY):
        pass
    with sealed(kind, tmp_path, OTHER_KEY) as vault:
        assert vault.erase_subject("Ann") == 1


@every_store
def test_a_batch_that_fails_leaves_nothing(kind: str, tmp_path: Path) -> None:
    with sealed(kind, tmp_path) as vault:
        ours = vault.session("a")
        kept = ours.token("l", "kept")
        tokens: list[str] = []

        def fail() -> None:
            with ours.batch():
                tokens.append(ours.token("l", "x"))
                assert ours.restore(tokens[0]) == "x"
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        (token,) = tokens
        assert ours.restore(token + kept) == token + "kept"
        assert vault.count() == Counts(1, 1)
        assert ours.token("l", "x") == token
        assert vault.session("a").restore(token) == "x"


@every_store
def test_a_batch_is_written_whole_or_not_at_all(kind: str, tmp_path: Path) -> None:
    with made(kind, tmp_path, Limits(session_values=3)) as vault:
        ours = vault.session("a")
        kept = ours.token("l", "kept")
        tokens: list[str] = []
        with pytest.raises(VaultFullError, match="1 values, of 3"), ours.batch():
            tokens += [ours.token("l", value) for value in "xyz"]
        assert vault.count() == Counts(1, 1)
        assert ours.restore("".join([*tokens, kept])) == "".join(tokens) + "kept"
        # What is there already takes no room.
        with ours.batch():
            assert ours.token("l", "kept") == kept
            tokens = [ours.token("l", value) for value in "xy"]
        assert vault.count() == Counts(1, 3)
        assert vault.session("a").restore("".join(tokens)) == "xy"


@every_store
def test_many_rows_at_once(kind: str, tmp_path: Path) -> None:
    values = [f"value {at}" for at in range(1300)]
    with sealed(kind, tmp_path) as vault:
        ours = vault.session("a")
        with ours.batch():
            tokens = [ours.token("l", value) for value in values]
        assert vault.session("a").restore(" ".join(tokens)) == " ".join(values)
        found = list(vault.session("a").find(" ".join(tokens)))
        assert len(found) == len(values)


@every_store
def test_turns_that_meet_in_a_batch_agree(kind: str, tmp_path: Path) -> None:
    with sealed(kind, tmp_path) as vault:
        one, two = vault.session("a"), vault.session("a")
        with one.batch():
            first = [one.token("l", value) for value in "xy"]
            with two.batch():
                second = [two.token("l", value) for value in "yz"]
        assert first[1] == second[0]
        assert vault.session("a").restore("".join(first + second)) == "xyyz"
        assert vault.count() == Counts(1, 3)


@every_store
def test_turns_that_meet_over_what_is_taken_block_one(kind: str, tmp_path: Path) -> None:
    with sealed(kind, tmp_path) as vault:
        one, two = vault.session("a"), vault.session("a")
        one.token("l", "begun")
        taken = _usual(one)

        def meet() -> None:
            with one.batch():
                one.token("l", "v", {taken})
                assert two.token("l", "v") == taken

        with pytest.raises(VaultError, match="send it again"):
            meet()
        # Sent again, it comes to the other's token.
        assert one.token("l", "v", {taken}) == taken


def _usual(tokens: Tokens) -> str:
    """The token that a value would have, without issuing it."""
    key = vars(tokens)["_key"]()
    return f"[l:{derive(key, '', 'l', 'v', 0)}]"


@pytest.mark.parametrize("text", ["", "x", "é" * 40, "a" * 31, "\0" * 64, "\x80\0", "\ud800"])
def test_an_owner_is_sealed_and_padded(text: str) -> None:
    key = SessionKey(b"handle", KEY)
    row = key.row("g" * 16)
    sealed_owner = key.seal(row, Owner("phi.mrn", text))
    assert key.open(row, sealed_owner) == Owner("phi.mrn", text)
    assert (len(sealed_owner) - 28) % 32 == 0
    assert key.open(key.row("h" * 16), sealed_owner) == NOBODY
    assert SessionKey(b"another", KEY).open(row, sealed_owner) == NOBODY


@given(st.from_regex(r"[a-z]{0,40}", fullmatch=True), st.text(st.characters(), max_size=200))
def test_any_owner_comes_back(label: str, value: str) -> None:
    key = SessionKey(b"handle", KEY)
    assert key.open(b"row", key.seal(b"row", Owner(label, value))) == Owner(label, value)


@every_store
def test_vaults_of_other_keys_share_nothing(kind: str, tmp_path: Path) -> None:
    with sealed(kind, tmp_path, KEY) as one, sealed(kind, tmp_path, OTHER_KEY) as two:
        token = one.session("a", "Ann").token("l", SECRET)
        assert two.session("a").restore(token) == token
        assert two.erase_session("a") == two.erase_subject("Ann") == 0
        assert one.session("a").restore(token) == SECRET


@every_store
def test_an_index_that_was_changed_is_told(kind: str, tmp_path: Path) -> None:
    store = STORES[kind](tmp_path)
    store.write_once(VaultKey(KEY).id, VaultKey(KEY).id + bytes(60))
    store.close()
    with pytest.raises(VaultError, match="index"), sealed(kind, tmp_path, KEY):
        pass


@every_store
def test_rewrapping_a_session_that_has_gone(kind: str, tmp_path: Path) -> None:
    with sealed(kind, tmp_path) as vault:
        vault.session("a").token("l", SECRET)
        store = STORES[kind](tmp_path)
        (header,) = store.headers()
        assert not store.rewrap(Header(header.handle, b"another"), b"new")
        vault.erase_session("a")
        assert not store.rewrap(header, b"new")
        store.close()


@every_store
def test_a_session_that_began_again_is_not_erased_for_the_old(kind: str, tmp_path: Path) -> None:
    store = STORES[kind](tmp_path)
    times = Times(1, 1000, 2000)
    assert store.begin(b"name", Header(b"one", b"w"), None, times) == (b"one", b"w")
    assert store.begin(b"name", Header(b"two", b"v"), None, times) == (b"one", b"w")
    assert store.erase(b"name", b"two") == 0
    assert store.find(b"name", None, times) == (b"one", b"w")
    late = Times(2001, 3000, 4000)
    assert store.find(b"name", None, late) is None
    assert store.begin(b"name", Header(b"two", b"v"), None, late) == (b"two", b"v")
    store.close()


class Contested(SqliteStore):
    """A store in which somebody with other keys always comes first."""

    def begin(self, name: bytes, header: Header, subject: bytes | None, times: Times) -> Header:
        foreign = Header(b"f" * 16, VaultKey(OTHER_KEY).wrap(bytes(32), b"f" * 16))
        return super().begin(name, foreign, subject, times)


def test_processes_that_fight_over_a_session_are_told(tmp_path: Path) -> None:
    vault = SealedVault(Contested(tmp_path / "vault.db"), VaultKeys([KEY]))
    ours = vault.session("a")
    with pytest.raises(VaultError, match="under keys that are not here"):
        ours.token("l", SECRET)
    vault.close()
