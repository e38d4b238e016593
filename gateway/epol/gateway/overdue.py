"""What requests cost and the books could not take: booked as soon as they can be used again."""

from __future__ import annotations

import logging
from collections import deque

from epol.engine.errors import BudgetError
from epol.engine.signals.reservation import Reservation

_log = logging.getLogger("epol.gateway")
MOST = 100_000
"""So many amounts are kept; the oldest goes first, and counts as spent when it expires."""


class Overdue:
    """Amounts of this process that are still to be booked.  Safe to share between threads."""

    def __init__(self, most: int = MOST) -> None:
        self._left: deque[tuple[Reservation, int]] = deque(maxlen=most)

    def __len__(self) -> int:
        return len(self._left)

    def add(self, reservation: Reservation, amount: int) -> None:
        """Book an amount later, and give back what else was set aside."""
        if not self._left:
            _log.error("the books of the budget cannot be used; what requests cost waits")
        self._left.append((reservation, amount))

    def settle(self, reservation: Reservation, amount: int) -> None:
        """Book an amount now, or as soon as that can be done."""
        try:
            reservation.settle(amount)
        except BudgetError:
            self.add(reservation, amount)

    def catch_up(self) -> None:
        """Book what waits, until the books cannot take it.  Raises `BudgetError` then."""
        while self._left:
            try:
                reservation, amount = self._left.popleft()
            except IndexError:
                return
            try:
                reservation.settle(amount)
            except BudgetError:
                self._left.appendleft((reservation, amount))
                raise
