"""Budgets: money is reserved before a request goes out, and settled when its cost is known.

Amounts are millionths of a dollar, as everywhere in the engine; text such as "$4.50" is taken too.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from epol.engine.signals import scales
from epol.engine.signals.budget_store import BudgetStore
from epol.engine.signals.clock import zone_of
from epol.engine.signals.reservation import Reservation, Terms

Period = Literal["day", "month", "total"]
PERIODS: tuple[Period, ...] = ("day", "month", "total")
_NO_LIMITS: Mapping[Period, int | str] = {}


class Balance(NamedTuple):
    """The period with the least left: what that is (None: nothing is limited), and what is spent.

    Without limits it is what was spent in all.
    """

    remaining: int | None
    spent: int


class Ledger:
    """The budget of one account, whose books threads and processes share.

    What is spent and reserved in a day, a month, and in all never exceeds its limit, as long as
    no request costs more than was reserved for it; what does is booked all the same.  A request
    belongs to the day and the month in which it was reserved.
    """

    def __init__(
        self,
        store: BudgetStore,
        limits: Mapping[Period, int | str] = _NO_LIMITS,
        *,
        account: str = "default",
        zone: str = "UTC",
        life: float = 600.0,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`zone` says when days begin; `life` is how many seconds a reservation lasts unheard of.

        `wall` gives seconds of Unix time.  Raises ValueError for what is no period, amount,
        account, zone or life.
        """
        unknown = sorted(set(limits) - set(PERIODS))
        if unknown:
            raise ValueError(f"a period is one of {', '.join(PERIODS)}, not {unknown[0]!r}")
        if not account or not account.isprintable() or not life > 0:
            raise ValueError("an account has a name that can be printed, and a life is above zero")
        self._limits: Mapping[Period, int] = {
            period: scales.millionths(limit) for period, limit in limits.items()
        }
        self._store = store
        self._account = account
        self._zone = zone_of(zone)
        self._life = life
        self._wall = wall

    def reserve(self, amount: int | str) -> Reservation:
        """Set aside the most that a request can cost, for all its attempts together.

        Raises `OverBudgetError` where less is left, `BudgetError` where the books cannot be
        used, and ValueError for what is no amount.
        """
        reservation = self.reservation()
        reservation.extend(amount)
        return reservation

    def reservation(self) -> Reservation:
        """One for which nothing is set aside yet.

        Where `extend` then raises `BudgetError`, it may have been done all the same: `release` it
        when the books can be used again.
        """
        windows = self._windows()
        limits = {windows[period]: limit for period, limit in self._limits.items()}
        terms = Terms(self._account, tuple(windows.values()), limits, self._life, self._wall)
        return Reservation(self._store, terms)

    def balance(self) -> Balance:
        """What is left and spent now.  Raises `BudgetError`."""
        windows = self._windows()
        booked = self._store.booked(tuple(windows.values()), int(self._wall() * 1000))
        periods = dict(zip(PERIODS, booked, strict=True))
        left: dict[Period, int] = {
            period: max(limit - periods[period].spent - periods[period].reserved, 0)
            for period, limit in self._limits.items()
        }
        if not left:
            return Balance(None, periods["total"].spent)
        least = min(left, key=lambda period: (left[period], PERIODS.index(period)))
        return Balance(left[least], periods[least].spent)

    def _windows(self) -> dict[Period, str]:
        """The windows of this moment, by period."""
        today = datetime.fromtimestamp(self._wall(), self._zone)
        names = {"day": f"{today:%Y-%m-%d}", "month": f"{today:%Y-%m}", "total": ""}
        return {period: f"{self._account} {period} {names[period]}" for period in PERIODS}


class Budget:
    """A `Provider` of `budget.remaining` and `budget.spent` (see `Balance`) from a ledger."""

    name = "budget"

    def __init__(self, ledger: Ledger, *, interval: float = 1.0) -> None:
        self._ledger = ledger
        self._interval = interval

    @property
    def interval(self) -> float:
        """See `Provider.interval`."""
        return self._interval

    async def read(self) -> Mapping[str, object]:
        """What the books say now, asked in another thread."""
        remaining, spent = await asyncio.to_thread(self._ledger.balance)
        return {
            "budget.remaining": None if remaining is None else scales.money(remaining),
            "budget.spent": scales.money(spent),
        }
