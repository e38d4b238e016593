"""Budgets: reserved, charged, settled, given back; against a model, and in many processes."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.context import ForkContext, SpawnContext
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from epol.engine import BudgetError, OverBudgetError
from epol.engine.reading.inputs import Scaled
from epol.engine.signals.budget import Balance, Budget, Ledger, Period
from epol.engine.signals.budget_sqlite import SqliteBudget
from epol.engine.signals.budget_store import Booked, BudgetStore, Hold
from epol.engine.signals.reservation import Reservation
from tests.engine.signals.proxy import Hand
from tests.engine.signals.spending import LIMIT, NOON, spend_all
from tests.engine.test_processes import forked
from tests.engine.test_sharing import in_threads

DAY = 86_400.0


@pytest.fixture
def hand() -> Hand:
    hand = Hand()
    hand.now = NOON
    return hand


@pytest.fixture
def store(tmp_path: Path) -> SqliteBudget:
    return SqliteBudget(tmp_path / "budget.db")


@pytest.fixture
def ledger(store: SqliteBudget, hand: Hand) -> Ledger:
    return Ledger(store, {"day": 100, "month": 250}, wall=hand)


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


def test_a_day_begins_where_the_zone_says(store: SqliteBudget, hand: Hand) -> None:
    away = Ledger(store, {"day": 100}, zone="Pacific/Auckland", wall=hand)  # 01:00 on the 2nd
    away.reserve(60).settle(60)
    assert Ledger(store, {"day": 100}, wall=hand).balance() == Balance(100, 0)
    hand.now += 22.9 * 3600
    assert away.balance() == Balance(40, 60)
    hand.now += 0.2 * 3600
    assert away.balance() == Balance(100, 0)


def test_accounts_are_apart(store: SqliteBudget, hand: Hand) -> None:
    one, two = (Ledger(store, {"day": 100}, account=name, wall=hand) for name in ("one", "two"))
    one.reserve(60)
    assert one.balance() == Balance(40, 0)
    assert two.balance() == Balance(100, 0)


def test_without_limits_all_is_counted(store: SqliteBudget, hand: Hand) -> None:
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


def test_what_is_lost_may_count_as_spent(tmp_path: Path, hand: Hand) -> None:
    store = SqliteBudget(tmp_path / "strict.db", lost_is_spent=True)
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
def test_what_is_no_ledger(store: SqliteBudget, options: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Ledger(store, **options)  # type: ignore[arg-type]


def test_a_file_that_is_no_ledger(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(BudgetError, match="is it a ledger"):
        SqliteBudget(path)
    with pytest.raises(BudgetError, match="No such file"):
        SqliteBudget(tmp_path / "nowhere" / "x.db")
    other = tmp_path / "other.db"
    db = sqlite3.connect(other)
    db.execute("CREATE TABLE others (x)")
    db.close()
    with pytest.raises(BudgetError, match="no ledger of this version"):
        SqliteBudget(other)
    assert other.read_bytes()[:6] == b"SQLite"


def test_amounts_beyond_64_bits_are_refused(
    store: SqliteBudget, ledger: Ledger, hand: Hand
) -> None:
    ledger.reserve(0).settle(2**62)
    with pytest.raises(OverBudgetError):
        ledger.reserve(0)
    early = Ledger(store, wall=hand)
    with pytest.raises(BudgetError, match="CHECK"):
        early.reserve(0).settle(2**62)
    assert ledger.balance().spent == 2**62


def test_a_ledger_that_is_locked(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    ledger = Ledger(SqliteBudget(path, patience=0.01), {"day": 100})
    reservation = ledger.reserve(50)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for call in (lambda: ledger.reserve(1), lambda: reservation.settle(1), ledger.balance):
        with pytest.raises(BudgetError, match="BUSY"):
            call()
    other.execute("ROLLBACK")
    other.close()
    reservation.settle(20)  # once more
    assert ledger.balance() == Balance(80, 20)


def test_it_opens_again_and_nothing_is_lost(tmp_path: Path, hand: Hand) -> None:
    store = SqliteBudget(tmp_path / "x.db")
    ledger = Ledger(store, {"day": 100}, wall=hand)
    ledger.reserve(60)
    ledger.reserve(30).settle(30)
    store.close()
    store.close()
    again = Ledger(SqliteBudget(tmp_path / "x.db"), {"day": 100}, wall=hand)
    assert again.balance() == ledger.balance() == Balance(10, 30)
    assert (tmp_path / "x.db").stat().st_mode & 0o777 == 0o600


# --- many at once --------------------------------------------------------------------------

EACH, PROCESSES = 60, 4
FORKING = [multiprocessing.get_context("fork")] if hasattr(os, "fork") else []


@pytest.mark.parametrize(
    "context",
    [multiprocessing.get_context("spawn"), *FORKING],
    ids=lambda context: context.get_start_method(),
)
def test_processes_never_overspend(tmp_path: Path, context: SpawnContext | ForkContext) -> None:
    path = str(tmp_path / "x.db")
    counted: multiprocessing.SimpleQueue[int] = context.SimpleQueue()
    running = [context.Process(target=spend_all, args=(path, counted)) for _ in range(PROCESSES)]
    for each in running:
        each.start()
    for each in running:
        each.join(120)
    assert [each.exitcode for each in running] == [0] * PROCESSES
    spent = sum(counted.get() for _ in running)
    ledger = Ledger(SqliteBudget(path), {"day": LIMIT}, wall=lambda: NOON)
    # The last ones stop where 7 find no room, though other reservations may be given back then.
    assert LIMIT - 7 * PROCESSES < spent <= LIMIT
    assert ledger.balance() == Balance(LIMIT - spent, spent)


def test_threads_never_overspend(tmp_path: Path) -> None:
    ledger = Ledger(SqliteBudget(tmp_path / "x.db"), {"day": LIMIT}, wall=lambda: NOON)
    spent: list[int] = []

    def spend(number: int) -> None:
        for _ in range(EACH):
            try:
                with ledger.reserve(9) as reservation:
                    assert ledger.balance().remaining is not None
                    reservation.settle(number % 10)
                    spent.append(number % 10)
            except OverBudgetError:
                return

    in_threads(spend)
    assert ledger.balance() == Balance(LIMIT - sum(spent), sum(spent))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_process_that_dies_leaves_what_expires(
    tmp_path: Path, ledger: Ledger, hand: Hand
) -> None:
    def child() -> bool:
        ledger.reserve(60)
        os._exit(0)  # without goodbye

    assert forked(child)
    assert ledger.balance() == Balance(40, 0)
    hand.now += 600
    assert ledger.balance() == Balance(100, 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_child_goes_on_whoever_held_the_lock(store: SqliteBudget, ledger: Ledger) -> None:
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with vars(store)["_lock"]:
            held.set()
            release.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(60)

    def child() -> bool:
        ledger.reserve(60).settle(10)
        return True

    try:
        assert forked(child)
    finally:
        release.set()
        thread.join()
    assert ledger.balance() == Balance(90, 10)


# --- against a model -----------------------------------------------------------------------


class Books:
    """A `BudgetStore` that keeps every hold and adds them up anew each time."""

    def __init__(self) -> None:
        self.spent: list[tuple[tuple[str, ...], int]] = []
        self.held: dict[bytes, Hold] = {}

    def booked(self, windows: Sequence[str], now: int) -> Sequence[Booked]:
        self.held = {key: hold for key, hold in self.held.items() if hold.ends > now}
        return [
            Booked(
                sum(amount for own, amount in self.spent if each in own),
                sum(hold.amount for hold in self.held.values() if each in hold.windows),
            )
            for each in windows
        ]

    def reserve(self, hold: Hold, limits: Mapping[str, int], now: int) -> bool:
        for booked, limit in zip(self.booked(tuple(limits), now), limits.values(), strict=True):
            if sum(booked) + hold.amount > limit:
                return False
        self._keep(hold, hold.amount)
        return True

    def charge(self, hold: Hold, now: int, *, is_last: bool) -> None:
        self.booked((), now)
        self.spent.append((tuple(hold.windows), hold.amount))
        if is_last:
            self.held.pop(hold.id, None)
        elif hold.id in self.held:
            self._keep(hold, -min(hold.amount, self.held[hold.id].amount))

    def _keep(self, hold: Hold, more: int) -> None:
        old = self.held.get(hold.id)
        before, ends = (old.amount, old.ends) if old else (0, 0)
        self.held[hold.id] = Hold(hold.id, hold.windows, before + more, max(ends, hold.ends))

    def close(self) -> None:
        return


class Model(RuleBasedStateMachine):
    """The same calls to both stores, in any order, over some days."""

    def __init__(self) -> None:
        super().__init__()
        self.hand = Hand()
        self.hand.now = NOON
        self.folder = TemporaryDirectory()
        self.stores: tuple[BudgetStore, BudgetStore] = (
            SqliteBudget(Path(self.folder.name) / "x.db"),
            Books(),
        )
        limits: Mapping[Period, int] = {"day": 100, "month": 150, "total": 400}
        self.ledgers = [Ledger(each, limits, wall=self.hand) for each in self.stores]
        self.open: list[tuple[Reservation, Reservation]] = []

    def both(self, call: Callable[[int], object]) -> bool:
        """Call both; whether they took it."""
        took: list[bool] = []
        for at in range(2):
            try:
                call(at)
            except OverBudgetError:
                took.append(False)
            else:
                took.append(True)
        assert took[0] == took[1]
        return took[0]

    @rule(seconds=st.sampled_from([1, 300, 301, 20_000, 86_400]))
    def wait(self, seconds: int) -> None:
        self.hand.now += seconds

    @rule(amount=st.integers(0, 60))
    def reserve(self, amount: int) -> None:
        made: list[Reservation] = []
        if self.both(lambda at: made.append(self.ledgers[at].reserve(amount))):
            self.open.append((made[0], made[1]))

    @precondition(lambda self: self.open)
    @rule(data=st.data(), amount=st.integers(0, 70))
    def use(self, data: st.DataObject, amount: int) -> None:
        pair = data.draw(st.sampled_from(self.open))
        name = data.draw(st.sampled_from(["extend", "charge", "settle", "release"]))
        given = () if name == "release" else (amount,)
        self.both(lambda at: getattr(pair[at], name)(*given))
        if name in ("settle", "release"):
            self.open.remove(pair)

    @invariant()
    def agree(self) -> None:
        assert self.ledgers[0].balance() == self.ledgers[1].balance()

    def teardown(self) -> None:
        self.stores[0].close()
        self.folder.cleanup()


TestModel = Model.TestCase
TestModel.settings = settings(max_examples=40, stateful_step_count=40)


# --- the signals ---------------------------------------------------------------------------


def test_the_signals_of_a_budget(store: SqliteBudget, hand: Hand) -> None:
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
