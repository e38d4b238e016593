"""What every kind of vault does."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path

import pytest

from epol.engine import VaultError, VaultFullError
from epol.engine.vault.vault import Counts, Limits
from tests.engine.vault.making import SECRET, Hand, every_kind, made


@every_kind
def test_a_session_goes_on(kind: str, tmp_path: Path) -> None:
    with made(kind, tmp_path) as vault:
        token = vault.session("a").token("phi.mrn", SECRET)
        turn = vault.session("a")
        assert turn.token("phi.mrn", SECRET) == token
        assert turn.restore(f"<{token}>") == f"<{SECRET}>"
        assert turn.value(token[-17:-1]) == ("phi.mrn", SECRET)
        assert turn.value("g" * 16) is None
        assert vault.count() == Counts(1, 1)


@every_kind
def test_any_text_is_kept_as_it_is(kind: str, tmp_path: Path) -> None:
    values = ["", "\0", "\ud800", "é", "e\u0301", "\U0001f600", "a" * 5000, "[a:", "\\n"]
    with made(kind, tmp_path) as vault:
        tokens = [vault.session("s").token("l.m", value) for value in values]
        assert [vault.session("s").original(token) for token in tokens] == values
        assert len(set(tokens)) == len(values)


@every_kind
def test_a_session_means_nothing_to_another(kind: str, tmp_path: Path) -> None:
    names = ["a", "A", "a ", "ab", "é", "a\0b", "\ud800"]
    with made(kind, tmp_path) as vault:
        tokens = {name: vault.session(name).token("l", SECRET) for name in names}
        assert len(set(tokens.values())) == len(names)
        for one, two in itertools.permutations(names, 2):
            other = vault.session(two)
            assert other.restore(tokens[one]) == tokens[one]
            assert other.value(tokens[one][-17:-1]) is None
            assert list(other.find(tokens[one])) == []


@every_kind
def test_a_session_without_values_takes_no_room(kind: str, tmp_path: Path) -> None:
    with made(kind, tmp_path) as vault:
        one = vault.session("a")
        two = vault.session("a", "somebody")
        assert vault.count() == Counts(0, 0)
        token = one.token("l", SECRET)
        assert two.token("l", SECRET) == token
        assert two.restore(token) == SECRET
        assert vault.count() == Counts(1, 1)


@every_kind
def test_what_a_text_said_before_is_never_issued(kind: str, tmp_path: Path) -> None:
    with made(kind, tmp_path) as vault:
        usual = vault.session("a").token("l", "v")
        vault.erase_session("a")
        first = vault.session("a")
        # A sealed vault has other tokens now, and the memory the same as before.
        again = first.token("l", "v", {usual})
        assert again != usual
        later = vault.session("a")
        assert later.token("l", "v") == again
        assert later.restore(usual + again) == usual + "v"


@every_kind
def test_erasing_a_session(kind: str, tmp_path: Path) -> None:
    with made(kind, tmp_path) as vault:
        ours, other = vault.session("a"), vault.session("b")
        tokens = [ours.token("l", value) for value in "xyz"]
        kept = other.token("l", "x")
        assert vault.erase_session("a") == 3
        assert vault.erase_session("a") == 0
        assert vault.session("a").restore(tokens[0]) == tokens[0]
        assert vault.session("b").restore(kept) == "x"
        assert vault.count() == Counts(1, 1)
        with pytest.raises(VaultError, match="was erased"):
            ours.token("l", "new")


@every_kind
def test_erasing_a_subject(kind: str, tmp_path: Path) -> None:
    with made(kind, tmp_path) as vault:
        held = {
            name: vault.session(name, subject).token("l", name)
            for name, subject in [("a", "Ann"), ("b", "Bob"), ("c", "Ann"), ("d", None)]
        }
        vault.session("b", "Cleo").token("l", "more")
        assert vault.erase_subject("Ann") == 2
        assert vault.erase_subject("Ann") == 0
        assert vault.erase_subject("nobody") == 0
        read = {name: vault.session(name).original(token) for name, token in held.items()}
        assert read == {"a": None, "b": "b", "c": None, "d": "d"}
        assert vault.erase_subject("Cleo") == 2
        assert vault.count() == Counts(1, 1)


@every_kind
def test_a_subject_may_be_named_in_a_later_turn(kind: str, tmp_path: Path) -> None:
    with made(kind, tmp_path) as vault:
        vault.session("a").token("l", "x")
        vault.session("a", "Ann")
        assert vault.erase_subject("Ann") == 1


@every_kind
def test_a_session_ends_after_its_last_turn(kind: str, tmp_path: Path) -> None:
    hand = Hand()
    with made(kind, tmp_path, Limits(seconds=100), hand) as vault:
        token = vault.session("a").token("l", "x")
        vault.session("b").token("l", "y")
        for _ in range(5):
            hand.now += 99
            assert vault.session("a").restore(token) == "x"
        assert vault.count() == Counts(1, 1)
        hand.now += 200
        assert vault.session("a").restore(token) == token
        assert vault.count() == Counts(0, 0)


@every_kind
def test_expiring_by_hand(kind: str, tmp_path: Path) -> None:
    hand = Hand()
    with made(kind, tmp_path, Limits(seconds=100), hand) as vault:
        for name in "abc":
            vault.session(name).token("l", name)
        assert vault.expire() == 0
        hand.now += 200
        assert vault.expire() == 3
        assert vault.expire() == 0


@every_kind
def test_a_full_session_blocks_and_goes_on_with_what_it_has(kind: str, tmp_path: Path) -> None:
    with made(kind, tmp_path, Limits(session_values=2)) as vault:
        ours = vault.session("a")
        tokens = [ours.token("l", value) for value in "xy"]
        with pytest.raises(VaultFullError, match="session holds 2 values"):
            ours.token("l", "z")
        turn = vault.session("a")
        assert [turn.token("l", value) for value in "xy"] == tokens
        assert turn.restore("".join(tokens)) == "xy"
        assert vault.session("b").token("l", "z")


@every_kind
def test_a_full_vault_throws_nothing_out(kind: str, tmp_path: Path) -> None:
    hand = Hand()
    with made(kind, tmp_path, Limits(values=3, seconds=100), hand) as vault:
        held = {name: vault.session(name).token("l", name) for name in "abc"}
        with pytest.raises(VaultFullError, match="vault holds 3 values"):
            vault.session("d").token("l", "d")
        with pytest.raises(VaultFullError):
            vault.session("a").token("l", "more")
        assert all(vault.session(name).original(held[name]) == name for name in "abc")
        vault.erase_session("b")
        vault.session("d").token("l", "d")
        # Sessions whose time is over make room by themselves.
        hand.now += 200
        for name in "efg":
            vault.session(name).token("l", name)


@every_kind
def test_a_value_that_is_too_long(kind: str, tmp_path: Path) -> None:
    with made(kind, tmp_path, Limits(characters=10)) as vault:
        vault.session("a").token("l", "x" * 10)
        with pytest.raises(VaultFullError, match="more than 10 characters"):
            vault.session("a").token("l", "x" * 11)


@every_kind
def test_a_batch_is_written_whole(kind: str, tmp_path: Path) -> None:
    with made(kind, tmp_path) as vault:
        ours = vault.session("a")
        with ours.batch():
            tokens = [ours.token("l", value) for value in "xyzx"]
            with ours.batch():
                tokens.append(ours.token("l", "inner"))
            assert ours.restore("".join(tokens)) == "xyzxinner"
        assert tokens[0] == tokens[3]
        assert vault.session("a").restore("".join(tokens)) == "xyzxinner"
        assert vault.count() == Counts(1, 4)


@every_kind
def test_turns_at_the_same_time_see_each_other(kind: str, tmp_path: Path) -> None:
    with made(kind, tmp_path) as vault:
        one, two = vault.session("a"), vault.session("a")
        first = one.token("l", "first")
        assert two.restore(first) == "first"
        second = one.token("l", "second")
        assert two.restore(second) == "second"
        third = two.token("l", "third")
        assert one.token("l", "third") == third
        assert vault.session("a").restore(first + second + third) == "firstsecondthird"


@every_kind
def test_threads_agree(kind: str, tmp_path: Path) -> None:
    values = [str(at) for at in range(60)]
    seen: list[list[str]] = []
    start = threading.Barrier(6)
    with made(kind, tmp_path) as vault:

        def work(at: int) -> None:
            start.wait()
            order = values if at % 2 else values[::-1]
            made = {value: vault.session("a").token("l", value) for value in order}
            seen.append([made[value] for value in values])

        threads = [threading.Thread(target=work, args=(at,)) for at in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(seen) == 6
        assert all(made == seen[0] for made in seen)
        assert [vault.session("a").original(token) for token in seen[0]] == values
        assert vault.count() == Counts(1, len(values))


@every_kind
def test_no_repr_or_error_tells_a_value_or_a_name(kind: str, tmp_path: Path) -> None:
    with made(kind, tmp_path, Limits(session_values=1)) as vault:
        ours = vault.session("session-7", "subject-8")
        ours.token("l", SECRET)
        with pytest.raises(VaultFullError) as full:
            ours.token("l", "other")
        vault.erase_session("session-7")
        with pytest.raises(VaultError) as erased:
            ours.token("l", "other")
        told = " ".join(map(repr, [vault, ours, full.value, erased.value]))
        told += f"{full.value} {erased.value}"
        for hidden in (SECRET, "session-7", "subject-8", "other"):
            assert hidden not in told


@every_kind
def test_names_are_not_empty(kind: str, tmp_path: Path) -> None:
    with made(kind, tmp_path) as vault:
        with pytest.raises(ValueError, match="session is not empty"):
            vault.session("")
        with pytest.raises(ValueError, match="subject is not empty"):
            vault.session("a", "")
        with pytest.raises(ValueError, match="subject is not empty"):
            vault.erase_subject("")


@pytest.mark.parametrize("name", ["seconds", "values", "session_values", "characters"])
def test_a_limit_is_above_zero(name: str) -> None:
    with pytest.raises(ValueError, match="above zero"):
        Limits(**{name: 0})
