"""Money that is set aside for a request."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from epol.engine.errors import OverBudgetError
from epol.engine.signals.budget_store import BudgetStore, Hold
from epol.engine.signals.scales import millionths


@dataclass(frozen=True, slots=True)
class Terms:
    """What a reservation is made on: the windows that it counts in, the limits of some of them
    in millionths of a dollar, and how many seconds it lasts unheard of."""

    account: str
    windows: tuple[str, ...]
    limits: Mapping[str, int]
    life: float
    wall: Callable[[], float] = time.time

    def now(self) -> int:
        """Milliseconds of Unix time."""
        return int(self.wall() * 1000)

    def end(self) -> int:
        """When a reservation of now expires."""
        return self.now() + int(self.life * 1000)


class Reservation:
    """Money set aside for one request, until `settle` or `release`; threads may share it.

    It outlives retries: what an attempt cost is charged, and the rest goes on.  So does a stream,
    which charges from time to time and thereby keeps the reservation alive.  As a context that
    ends without `settle` or `release`, all that is left of it counts as spent, since it may have
    been.  One whose process dies expires, and then what is left is given back.

    All methods may raise `BudgetError`, and may then be called again; they raise ValueError for
    what is no amount, and for a reservation that is over.
    """

    def __init__(self, store: BudgetStore, terms: Terms) -> None:
        """Use `Ledger.reserve`."""
        self._store, self._terms = store, terms
        self._id = secrets.token_bytes(16)
        self._lock = threading.Lock()
        self._left = 0
        self._is_over = False

    @property
    def left(self) -> int:
        """What is neither spent nor given back, in millionths of a dollar."""
        return self._left

    def extend(self, amount: int | str) -> None:
        """Set aside more.  Raises `OverBudgetError` where less is left; then nothing changes."""
        with self._lock:
            hold = self._hold(amount)
            if not self._store.reserve(hold, self._terms.limits, self._terms.now()):
                raise OverBudgetError(
                    f"the budget of `{self._terms.account}` has less left than is asked for"
                )
            self._left += hold.amount

    def charge(self, amount: int | str) -> None:
        """Spend some of it, and keep the rest alive.  More than all of it is spent as well."""
        self._spend(amount, is_last=False)

    def settle(self, amount: int | str) -> None:
        """Spend the last of it, and give back what is left.  More than all is spent as well."""
        self._spend(amount, is_last=True)

    def release(self) -> None:
        """Give back what is left: nothing more was spent."""
        self.settle(0)

    def _spend(self, amount: int | str, *, is_last: bool) -> None:
        with self._lock:
            hold = self._hold(amount)
            self._store.charge(hold, self._terms.now(), is_last=is_last)
            self._left = 0 if is_last else max(self._left - hold.amount, 0)
            self._is_over = is_last

    def _hold(self, amount: int | str) -> Hold:
        if self._is_over:
            raise ValueError("the reservation is settled or released; reserve anew")
        return Hold(self._id, self._terms.windows, millionths(amount), self._terms.end())

    def __enter__(self) -> Reservation:
        return self

    def __exit__(self, *error: object) -> None:
        if not self._is_over:
            self.settle(self._left)
