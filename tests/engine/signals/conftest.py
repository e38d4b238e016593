"""What the tests of budgets share: books in a file and in a server, and a clock."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from epol.engine.signals.budget import Ledger
from epol.engine.signals.budget_store import BudgetStore
from tests.engine import servers
from tests.engine.signals.proxy import Hand
from tests.engine.signals.spending import NOON, opened


@pytest.fixture
def hand() -> Hand:
    hand = Hand()
    hand.now = NOON
    return hand


@pytest.fixture
def ending() -> Generator[ExitStack]:
    """Closes what a test has opened."""
    with ExitStack() as ending:
        yield ending


@pytest.fixture
def server() -> Generator[str]:
    """The URL of a server of its own."""
    if servers.binary() is None:
        pytest.skip("needs redis-server or valkey-server")
    with servers.running() as url:
        yield url


@pytest.fixture(params=["file", "server"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where books are: the path of a file, or a URL."""
    if request.param == "file":
        return str(tmp_path / "budget.db")
    url: str = request.getfixturevalue("server")
    return url


@pytest.fixture
def store(place: str) -> Generator[BudgetStore]:
    store = opened(place)
    yield store
    store.close()


@pytest.fixture
def ledger(store: BudgetStore, hand: Hand) -> Ledger:
    return Ledger(store, {"day": 100, "month": 250}, wall=hand)
