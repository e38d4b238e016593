"""What keeps the books of a budget: amounts spent and reserved, window by window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


@dataclass(frozen=True, slots=True)
class Hold:
    """An amount that is reserved, in millionths of a dollar, in each of some windows.

    `ends` is when it expires, in milliseconds of Unix time.
    """

    id: bytes
    windows: Sequence[str]
    amount: int
    ends: int


class Booked(NamedTuple):
    """What one window has, in millionths of a dollar."""

    spent: int
    reserved: int


class BudgetStore(Protocol):
    """Books that threads and processes share.  Each call is done whole or not at all.

    Before anything else a call gives back holds whose time is over; where `lost_is_spent`, they
    count as spent.  `now` is in milliseconds of Unix time.  Any call may raise `BudgetError`.
    """

    def reserve(self, hold: Hold, limits: Mapping[str, int], now: int) -> bool:
        """Reserve an amount, unless a window would then have more than its limit.

        A hold that is there grows by the amount, and lasts at least until the new end.
        """
        ...

    def charge(self, hold: Hold, now: int, *, is_last: bool) -> None:
        """Spend an amount out of a hold, as much of it as is there.

        It then lasts at least until `ends`, or, with the last amount, not any longer.  What is
        over the hold, or comes after its end, is spent all the same.
        """
        ...

    def booked(self, windows: Sequence[str], now: int) -> Sequence[Booked]:
        """What windows have, in their order."""
        ...

    def close(self) -> None:
        """Give back what it has open."""
        ...
