"""Books in a file: what is no ledger, locks, forks."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import ExitStack, closing
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from epol.engine import BudgetError, OverBudgetError
from epol.engine.signals.budget import Balance, Ledger
from epol.engine.signals.budget_sqlite import SqliteBudget
from tests.engine.forking import forked
from tests.engine.signals.proxy import Hand


@pytest.fixture
def store(tmp_path: Path, ending: ExitStack) -> SqliteBudget:
    return ending.enter_context(closing(SqliteBudget(tmp_path / "budget.db")))


def test_a_file_that_is_no_ledger(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"no database at all" * 100)
    path.chmod(0o600)
    with pytest.raises(BudgetError, match="this is no ledger, or it is damaged"):
        SqliteBudget(path)
    with pytest.raises(BudgetError, match="No such file"):
        SqliteBudget(tmp_path / "nowhere" / "x.db")
    other = tmp_path / "other.db"
    db = sqlite3.connect(other)
    db.execute("CREATE TABLE others (x)")
    db.close()
    other.chmod(0o644)
    with pytest.raises(BudgetError, match="others can read or change this file; `chmod 600` it"):
        SqliteBudget(other)
    other.chmod(0o600)
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


def test_a_ledger_that_is_locked(tmp_path: Path, ending: ExitStack) -> None:
    path = tmp_path / "x.db"
    store = ending.enter_context(closing(SqliteBudget(path, patience=0.01)))
    ledger = Ledger(store, {"day": 100})
    reservation = ledger.reserve(50)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for call in (lambda: ledger.reserve(1), lambda: reservation.settle(1), ledger.balance):
        with pytest.raises(BudgetError, match="another process has kept it locked"):
            call()
    other.execute("ROLLBACK")
    other.close()
    reservation.settle(20)  # once more
    assert ledger.balance() == Balance(80, 20)


def test_another_opening_gives_back_no_lock(tmp_path: Path, hand: Hand, ending: ExitStack) -> None:
    """Closing any descriptor of a file gives back all locks that a process has on it.

    Another process would then believe that it is the last one, and take the log away.
    """
    path = tmp_path / "x.db"
    first = ending.enter_context(closing(SqliteBudget(path)))
    ledger = Ledger(first, {"day": 100}, wall=hand)
    ledger.reserve(10)
    second = SqliteBudget(path)
    visit = (
        "import sys; from epol.engine.signals.budget_sqlite import SqliteBudget;"
        "SqliteBudget(sys.argv[1]).close()"
    )
    subprocess.run([sys.executable, "-c", visit, str(path)], check=True, timeout=120)
    ledger.reserve(20)
    assert (tmp_path / "x.db-wal").exists()
    second.close()
    third = ending.enter_context(closing(SqliteBudget(path)))
    assert Ledger(third, {"day": 100}, wall=hand).balance() == Balance(70, 0)


# Python 3.12 warns of forks where any thread runs.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_processes_may_make_the_file_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    for turn in range(5):
        path = tmp_path / f"{turn}.db"
        start = context.Barrier(8)

        def make(path: Path = path, start: Barrier = start) -> None:
            start.wait()
            SqliteBudget(path, patience=60).close()

        running = [context.Process(target=make) for _ in range(8)]
        for each in running:
            each.start()
        for each in running:
            each.join(120)
        assert [each.exitcode for each in running] == [0] * 8


def test_it_opens_again_and_nothing_is_lost(tmp_path: Path, hand: Hand, ending: ExitStack) -> None:
    store = ending.enter_context(closing(SqliteBudget(tmp_path / "x.db")))
    ledger = Ledger(store, {"day": 100}, wall=hand)
    ledger.reserve(60)
    ledger.reserve(30).settle(30)
    store.close()
    store.close()
    other = ending.enter_context(closing(SqliteBudget(tmp_path / "x.db")))
    again = Ledger(other, {"day": 100}, wall=hand)
    assert again.balance() == ledger.balance() == Balance(10, 30)
    assert (tmp_path / "x.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_child_goes_on_whoever_held_the_lock(store: SqliteBudget, ledger: Ledger) -> None:
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with vars(vars(store)["_file"])["_lock"]:
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
