"""Budgets: reserved, charged, settled, given back; in a file and in a server."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, closing

import pytest

from epol.engine import OverBudgetError
from epol.engine.reading.inputs import Scaled
from epol.engine.signals.budget import Balance, Budget, Ledger
from epol.engine.signals.budget_store import BudgetStore
from tests.engine.signals.proxy import Hand
from tests.engine.signals.spending import opened

DAY = 86_400.0


def test_reserve_and_settle(ledger: Ledger) -> None:
    reservation = ledger.reserve(60)
    assert ledger.balance() == Balance(remaining=40, spent=0)
    with pytest.raises(OverBudgetError):
        ledger.reserve(41)
    reservation.settle(25)
    assert ledger.balance() == Balance(remaining=75, spent=25)
    with ledger.reserve(75) as whole:
        whole.settle(75)
    assert ledger.balance() == Balance(remaining=0, spent=100)
    with pytest.raises(OverBudgetError):
        ledger.reserve(1)
    ledger.reserve(0).release()


def test_a_reservation_outlives_retries(ledger: Ledger) -> None:
    with ledger.reserve(60) as reservation:
        reservation.charge(10)  # the first attempt broke off
        assert reservation.left == 50
        assert ledger.balance() == Balance(remaining=40, spent=10)
        reservation.settle(20)
    assert ledger.balance() == Balance(remaining=70, spent=30)


def test_a_stream_grows_its_reservation(ledger: Ledger) -> None:
    reservation = ledger.reserve(60)
    reservation.extend(30)
    with pytest.raises(OverBudgetError):
        reservation.extend(11)
    assert reservation.left == 90
    reservation.settle(85)
    assert ledger.balance() == Balance(remaining=15, spent=85)


def test_what_is_over_the_reservation_is_spent_as_well(ledger: Ledger) -> None:
    ledger.reserve(60).settle(110)
    assert ledger.balance() == Balance(remaining=0, spent=110)


def test_what_nobody_settles_counts_as_spent(ledger: Ledger) -> None:
    def attempt() -> None:
        with ledger.reserve(60) as reservation:
            reservation.charge(10)
            raise OSError("cut")

    with pytest.raises(OSError, match="cut"):
        attempt()
    assert ledger.balance() == Balance(remaining=40, spent=60)
    with ledger.reserve(40) as reservation:
        reservation.release()
    assert ledger.balance() == Balance(remaining=40, spent=60)


def test_it_is_over_once(ledger: Ledger) -> None:
    reservation = ledger.reserve(60)
    reservation.release()
    for again in (reservation.release, lambda: reservation.charge(1)):
        with pytest.raises(ValueError, match="reserve anew"):
            again()
    assert ledger.balance() == Balance(remaining=100, spent=0)


def test_a_request_belongs_to_the_day_it_began(ledger: Ledger, hand: Hand) -> None:
    late = ledger.reserve(60)
    hand.now += 0.5 * DAY  # midnight
    assert ledger.balance() == Balance(remaining=100, spent=0)
    late.settle(60)
    assert ledger.balance() == Balance(remaining=100, spent=0)
    for _ in range(2):
        ledger.reserve(95).settle(95)
        hand.now += DAY
    assert ledger.balance() == Balance(remaining=0, spent=250)  # of the month
    hand.now += 30 * DAY
    assert ledger.balance() == Balance(remaining=100, spent=0)


def test_a_day_begins_where_the_zone_says(store: BudgetStore, hand: Hand) -> None:
    away = Ledger(store, {"day": 100}, zone="Pacific/Auckland", wall=hand)  # 01:00 on the 2nd
    away.reserve(60).settle(60)
    assert Ledger(store, {"day": 100}, wall=hand).balance() == Balance(100, 0)
    hand.now += 22.9 * 3600
    assert away.balance() == Balance(40, 60)
    hand.now += 0.2 * 3600
    assert away.balance() == Balance(100, 0)


def test_accounts_are_apart(store: BudgetStore, hand: Hand) -> None:
    one, two = (Ledger(store, {"day": 100}, account=name, wall=hand) for name in ("one", "two"))
    one.reserve(60)
    assert one.balance() == Balance(40, 0)
    assert two.balance() == Balance(100, 0)


def test_without_limits_all_is_counted(store: BudgetStore, hand: Hand) -> None:
    ledger = Ledger(store, wall=hand)
    ledger.reserve("$3").settle("$2.50")
    hand.now += 400 * DAY
    assert ledger.balance() == Balance(None, 2_500_000)


# --- what is lost --------------------------------------------------------------------------


def test_a_reservation_that_nobody_hears_of_is_given_back(ledger: Ledger, hand: Hand) -> None:
    lost = ledger.reserve(60)
    hand.now += 599
    assert ledger.balance() == Balance(40, 0)
    hand.now += 1
    assert ledger.balance() == Balance(100, 0)
    lost.settle(30)  # it was only late
    assert ledger.balance() == Balance(70, 30)


def test_charging_keeps_it_alive(ledger: Ledger, hand: Hand) -> None:
    stream = ledger.reserve(60)
    for _ in range(5):
        hand.now += 500
        stream.charge(1)
    assert ledger.balance() == Balance(40, 5)


def test_what_is_lost_may_count_as_spent(place: str, hand: Hand, ending: ExitStack) -> None:
    store = ending.enter_context(closing(opened(place, lost_is_spent=True)))
    ledger = Ledger(store, {"total": 100}, wall=hand)
    ledger.reserve(60).charge(10)
    hand.now += 601
    assert ledger.balance() == Balance(40, 60)


# --- what cannot be ------------------------------------------------------------------------


@pytest.mark.parametrize("amount", [-1, "$-1", "4.50", "$", "", "5s", True, 1.5, None])
def test_what_is_no_amount(ledger: Ledger, amount: object) -> None:
    with pytest.raises(ValueError, match="an amount"):
        ledger.reserve(amount)  # type: ignore[arg-type]
    assert ledger.balance() == Balance(100, 0)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"limits": {"week": 1}}, "a period is one of day, month, total"),
        ({"limits": {"day": "five"}}, "an amount"),
        ({"account": ""}, "an account"),
        ({"account": "a\nb"}, "an account"),
        ({"life": 0.0}, "above zero"),
        ({"zone": "Mars/Olympus"}, "time zone"),
    ],
)
def test_what_is_no_ledger(store: BudgetStore, options: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Ledger(store, **options)  # type: ignore[arg-type]


# --- the signals ---------------------------------------------------------------------------


def test_the_signals_of_a_budget(store: BudgetStore, hand: Hand) -> None:
    ledger = Ledger(store, {"day": "$10", "total": "$3_000_000"}, wall=hand)
    ledger.reserve("$4").settle("$1.000001")
    readings = asyncio.run(Budget(ledger).read())
    assert readings == {"budget.remaining": Scaled(8_999_999), "budget.spent": Scaled(1_000_001)}
    rich = Ledger(store, {"total": "$3_000_000"}, wall=hand)
    assert asyncio.run(Budget(rich).read())["budget.remaining"] == Scaled(10**12)  # its most
    endless = Ledger(store, wall=hand)
    assert asyncio.run(Budget(endless).read()) == {
        "budget.remaining": None,
        "budget.spent": Scaled(1_000_001),
    }
