"""Budgets that many share, and books against a model of them."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from multiprocessing.context import ForkContext, SpawnContext
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from epol.engine import OverBudgetError
from epol.engine.signals.budget import Balance, Ledger, Period
from epol.engine.signals.budget_store import Booked, BudgetStore, Hold
from epol.engine.signals.reservation import Reservation
from tests.engine import servers
from tests.engine.forking import forked
from tests.engine.signals.proxy import Hand
from tests.engine.signals.spending import LIMIT, NOON, noon, opened, spend_all
from tests.engine.test_sharing import in_threads

EACH, PROCESSES = 60, 4
FORKING = [multiprocessing.get_context("fork")] if hasattr(os, "fork") else []


# Python 3.12 warns of forks where any thread runs.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize(
    "context",
    [multiprocessing.get_context("spawn"), *FORKING],
    ids=lambda context: context.get_start_method(),
)
def test_processes_never_overspend(
    place: str, store: BudgetStore, context: SpawnContext | ForkContext
) -> None:
    counted: multiprocessing.SimpleQueue[int] = context.SimpleQueue()
    running = [context.Process(target=spend_all, args=(place, counted)) for _ in range(PROCESSES)]
    for each in running:
        each.start()
    for each in running:
        each.join(120)
    assert [each.exitcode for each in running] == [0] * PROCESSES
    spent = sum(counted.get() for _ in running)
    ledger = Ledger(store, {"day": LIMIT}, wall=noon)
    # The last ones stop where 7 find no room, though other reservations may be given back then.
    assert LIMIT - 7 * PROCESSES < spent <= LIMIT
    assert ledger.balance() == Balance(LIMIT - spent, spent)


def test_threads_never_overspend(store: BudgetStore) -> None:
    ledger = Ledger(store, {"day": LIMIT}, wall=noon)
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
def test_a_process_that_dies_leaves_what_expires(ledger: Ledger, hand: Hand) -> None:
    def child() -> bool:
        ledger.reserve(60)
        os._exit(0)  # without goodbye

    assert forked(child)
    assert ledger.balance() == Balance(40, 0)
    hand.now += 600
    assert ledger.balance() == Balance(100, 0)


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
        self.ending = ExitStack()
        self.stores: tuple[BudgetStore, BudgetStore] = opened(self.place()), Books()
        limits: Mapping[Period, int] = {"day": 100, "month": 150, "total": 400}
        self.ledgers = [Ledger(each, limits, wall=self.hand) for each in self.stores]
        self.open: list[tuple[Reservation, Reservation]] = []

    def place(self) -> str:
        """Where the books are that are judged."""
        return str(Path(self.ending.enter_context(TemporaryDirectory())) / "x.db")

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
        self.ending.close()


class ServerModel(Model):
    """The same with a server."""

    def place(self) -> str:
        return self.ending.enter_context(servers.running())


TestModel = Model.TestCase
TestModel.settings = settings(max_examples=40, stateful_step_count=40)

if servers.binary() is not None:
    TestServerModel = ServerModel.TestCase
    TestServerModel.settings = TestModel.settings
