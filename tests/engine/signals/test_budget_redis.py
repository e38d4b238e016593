"""Books in a server: what is refused, and what is not told."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from epol.engine import BudgetError
from epol.engine.signals.budget import Balance, Ledger
from epol.engine.signals.budget_redis import RedisBudget
from epol.engine.signals.budget_store import Hold
from tests.engine import servers
from tests.engine.signals.proxy import Hand

needs_server = servers.needed


def test_books_of_different_names_share_nothing(server: str, hand: Hand) -> None:
    one, two = (
        Ledger(RedisBudget(server, name=name), {"day": 100}, wall=hand) for name in ("a", "b")
    )
    one.reserve(60)
    assert one.balance() == Balance(40, 0)
    assert two.balance() == Balance(100, 0)


def test_what_a_server_cannot_count_is_refused(server: str, hand: Hand) -> None:
    ledger = Ledger(RedisBudget(server), wall=hand)
    ledger.reserve(0).settle(2**53 - 1)
    with pytest.raises(BudgetError, match="count exactly"):
        ledger.reserve(2**53)
    assert ledger.balance().spent == 2**53 - 1


@needs_server
def test_a_server_that_is_gone() -> None:
    with servers.running() as url:
        store = RedisBudget(url, patience=0.5)
        ledger = Ledger(store, {"day": 100})
        reservation = ledger.reserve(50)
    for call in (lambda: ledger.reserve(1), lambda: reservation.settle(1), ledger.balance):
        with pytest.raises(BudgetError, match="cannot be used") as error:
            call()
        assert url not in str(error.value)
    assert url not in repr(store)
    store.close()


def test_what_a_server_that_hung_does_late_changes_nothing(server: str, hand: Hand) -> None:
    """Its client has given up, and called again; then it does both, in any order."""
    store = RedisBudget(server)
    hold = Hold(b"held", ("w",), 50, int(hand() * 1000) + 1000)
    now = int(hand() * 1000)
    assert store.reserve(hold, {"w": 100}, now)
    for _ in range(3):
        store.charge(replace(hold, amount=20), now, is_last=True)
    assert store.booked(["w"], now) == [(20, 0)]
    assert store.reserve(hold, {"w": 100}, now), "it is over, so it holds nothing"
    assert store.booked(["w"], now) == [(20, 0)]
    store.charge(replace(hold, id=b"given back first", amount=0), now, is_last=True)
    store.reserve(replace(hold, id=b"given back first"), {"w": 100}, now)
    assert store.booked(["w"], now + 2000) == [(20, 0)]
    store.close()


@needs_server
def test_a_server_that_forgets_what_was_spent() -> None:
    options = ("--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru")
    with servers.running(*options) as url, pytest.raises(BudgetError, match="noeviction"):
        RedisBudget(url)


@pytest.mark.parametrize("url", ["", "secret", "http://secret@localhost"])
def test_a_url_that_is_none(url: str) -> None:
    with pytest.raises(BudgetError, match="a URL of Redis") as error:
        RedisBudget(url)
    assert "secret" not in str(error.value)


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(BudgetError, match=r"install `epol\[redis\]`"):
        RedisBudget("redis://localhost")
