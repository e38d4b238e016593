"""What processes do that share a budget; it imports little, so that they start soon."""

from __future__ import annotations

from multiprocessing import SimpleQueue

from epol.engine.errors import OverBudgetError
from epol.engine.signals.budget import Ledger
from epol.engine.signals.budget_redis import RedisBudget
from epol.engine.signals.budget_sqlite import SqliteBudget
from epol.engine.signals.budget_store import BudgetStore

NOON = 1_772_366_400.0
"""2026-03-01, 12:00 UTC."""
LIMIT = 1_000


def noon() -> float:
    """The moment at which all of it happens."""
    return NOON


def opened(place: str, *, lost_is_spent: bool = False) -> BudgetStore:
    """The books at a URL, or in a file."""
    if ":" in place:
        return RedisBudget(place, lost_is_spent=lost_is_spent)
    return SqliteBudget(place, lost_is_spent=lost_is_spent, patience=60)


def spend_all(place: str, counted: SimpleQueue[int]) -> None:
    """Reserve 7 and spend 5 again and again, until there is no room; how much was spent."""
    store = opened(place)
    ledger = Ledger(store, {"day": LIMIT}, wall=noon)
    spent = 0
    try:
        while True:
            with ledger.reserve(7) as reservation:
                reservation.charge(2)
                reservation.settle(3)
            spent += 5
    except OverBudgetError:
        counted.put(spent)
        store.close()
