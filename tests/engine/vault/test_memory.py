"""The vault in memory."""

from __future__ import annotations

import gc
import os

import pytest

from epol.engine.text.treatments.tokens import Tokens
from epol.engine.vault.memory import MemoryVault
from epol.engine.vault.vault import Counts, Limits
from tests.engine.forking import forked
from tests.engine.vault.making import KEY, SECRET, Hand


def test_a_key_gives_the_same_tokens_again() -> None:
    token = MemoryVault(KEY).session("a").token("l", SECRET)
    assert MemoryVault(KEY).session("a").token("l", SECRET) == token
    assert Tokens(KEY, "a").token("l", SECRET) == token
    assert MemoryVault().session("a").token("l", SECRET) != token


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        MemoryVault(b"tiny")


def test_erasing_reaches_turns_under_way() -> None:
    vault = MemoryVault(KEY)
    ours = vault.session("a")
    token = ours.token("l", SECRET)
    vault.erase_session("a")
    assert ours.restore(token) == token
    assert ours.value(token[-17:-1]) is None


def test_a_turn_that_lasts_longer_can_read_to_its_end() -> None:
    hand = Hand()
    vault = MemoryVault(KEY, Limits(seconds=10), clock=hand)
    ours = vault.session("a")
    token = ours.token("l", SECRET)
    hand.now += 11
    assert vault.count() == Counts(0, 0)
    assert ours.restore(token) == SECRET
    assert vault.session("a").restore(token) == token


def test_sessions_end_in_the_order_of_their_ends() -> None:
    hand = Hand()
    vault = MemoryVault(KEY, Limits(seconds=10), clock=hand)
    early = vault.session("early")
    hand.now += 4
    vault.session("late").token("l", "x")
    # It has been empty until now, and stands behind the other one.
    early.token("l", "y")
    hand.now += 9
    assert vault.count() == Counts(2, 2)
    hand.now += 1
    assert vault.count() == Counts(0, 0)


def test_sessions_that_stay_empty_are_not_kept() -> None:
    vault = MemoryVault(KEY)
    for at in range(50):
        vault.session(str(at)).restore("nothing")
    gc.collect()
    held = vars(vault)
    assert not held["_sessions"]
    assert not held["_empty"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_child_goes_on_whoever_held_the_lock() -> None:
    vault = MemoryVault(KEY)
    token = vault.session("a").token("l", SECRET)

    def work() -> bool:
        turn = vault.session("a")
        return turn.restore(token) == SECRET and turn.token("l", "new") != token

    with vars(vault)["_lock"]:
        assert forked(work, 10)
    assert vault.count() == Counts(1, 1)
