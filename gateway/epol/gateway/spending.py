"""What requests cost: set aside before they are sent, and settled when it is known."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from epol.engine import Decision
from epol.engine.bundle.manifest import TargetEntry
from epol.engine.errors import BudgetError, OverBudgetError
from epol.engine.signals.budget import Balance, Budget, Ledger, Period
from epol.engine.signals.budget_redis import RedisBudget
from epol.engine.signals.budget_sqlite import SqliteBudget
from epol.engine.signals.reservation import Reservation
from epol.gateway.attempts import BYTES_A_TOKEN, FREE, Tried
from epol.gateway.overdue import Overdue
from epol.gateway.problems import ProblemError
from epol.gateway.settings import Settings, SettingsError
from epol.gateway.usage import Guess, Usage

MOST_OUTPUT = 4096
"""Tokens that are set aside for an answer whose length nobody limits."""
_OUTPUT_CAP = "max_output_tokens"
_LIFE = 3600.0
"""Seconds after which a request of which nothing is heard is over: longer than streams take."""
_ANSWERED = 200


@dataclass(frozen=True)
class Bill:
    """What one request may cost at each target that it may go to, in millionths of a dollar."""

    overdue: Overdue | None = None
    reservation: Reservation | None = None
    most: Mapping[str, int] = field(default_factory=dict[str, int])
    targets: Mapping[str, TargetEntry] = field(default_factory=dict[str, TargetEntry])

    async def settle(
        self, attempts: Sequence[Tried], used: Usage | None = None, *, is_over: bool = True
    ) -> None:
        """Book what the attempts of a request cost, and give back the rest.

        `used` is what the last one took, if it answered and that is known; else it costs all that
        was set aside for its target, and a guess is no more than that.  So does an attempt of which
        nobody knows whether the target did what it was asked, and one that is not over.
        """
        if self.reservation is None or self.overdue is None:
            return
        cost = sum(self._cost(each, used) for each in attempts)
        if not is_over:
            cost += max(self.most.values())
        await asyncio.to_thread(self.overdue.settle, self.reservation, cost)

    def _cost(self, tried: Tried, used: Usage | None) -> int:
        result = tried.result
        # An error's status is a word where the target was given up for it.
        if isinstance(result, str):
            return 0 if result in FREE or result.isdecimal() else self.most[tried.target]
        if result != _ANSWERED:
            return 0
        if used is None:
            return self.most[tried.target]
        found = cost(self.targets[tried.target], used.read, used.written)
        return min(found, self.most[tried.target]) if isinstance(used, Guess) else found


class Spending:
    """The budget of a gateway, whose books its workers share; a `Provider` of what is left."""

    name = "budget"
    interval = 1.0

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._budget = Budget(ledger)
        self.overdue = Overdue()

    async def read(self) -> Mapping[str, object]:
        """See `Budget.read`; what could not be booked before is booked first."""
        await asyncio.to_thread(self.overdue.catch_up)
        return await self._budget.read()

    def balance(self) -> Balance:
        """What is left and spent now.  Raises `BudgetError`; may wait for the books."""
        return self._ledger.balance()

    async def bill(
        self,
        decision: Decision,
        targets: Mapping[str, TargetEntry],
        size: int,
        output: int | None,
    ) -> Bill:
        """Set aside the most that a body of so many bytes can cost at any of some targets.

        `output` is how many tokens it asks for.  Nothing where it costs nothing anywhere.  Raises
        `ProblemError` where less is left.
        """
        most = {name: _most(target, decision, size, output) for name, target in targets.items()}
        if not any(most.values()):
            return Bill()
        reserved = self._ledger.reservation()
        try:
            await asyncio.to_thread(reserved.extend, max(most.values()))
        except OverBudgetError:
            raise ProblemError(
                429,
                "insufficient_quota",
                "the budget has less left than this request may cost",
                headers={"x-should-retry": "false"},
            ) from None
        except BudgetError:
            # It may have been done, by a server that could not say so.
            self.overdue.add(reserved, 0)
            raise ProblemError(
                503, "budget-unavailable", "the budget cannot be read", headers={"retry-after": "1"}
            ) from None
        return Bill(self.overdue, reserved, most, targets)


def spending_of(settings: Settings, folder: Path, server: str | None = None) -> Spending | None:
    """The budget of a configuration that has one, in a file or the Redis server of a URL.

    Raises `SettingsError`, `BudgetError`.
    """
    said = settings.budget
    given: dict[Period, str | None] = {"day": said.day, "month": said.month, "total": said.total}
    limits: dict[Period, int | str] = {
        period: limit for period, limit in given.items() if limit is not None
    }
    if not limits:
        return None
    # Of what a worker had under way that was killed, nobody knows what it cost.
    store = (
        SqliteBudget(folder / "budget.sqlite3", lost_is_spent=True)
        if server is None
        else RedisBudget(server, lost_is_spent=True)
    )
    try:
        return Spending(Ledger(store, limits, zone=said.zone, life=_LIFE))
    except ValueError as error:
        raise SettingsError(f"budget: {error}") from None


def cost(target: TargetEntry, read: int, written: int) -> int:
    """Millionths of a dollar, rounded up, for so many tokens; 0 for a target without prices."""
    if not target.price_unit:
        return 0
    total = read * (target.price_in or 0) + written * (target.price_out or 0)
    return -(-total // target.price_unit)


def _most(target: TargetEntry, decision: Decision, size: int, output: int | None) -> int:
    caps = decision.targets[target.name].caps
    limits = [each for each in (output, caps.get(_OUTPUT_CAP)) if each is not None]
    return cost(target, -(-size // BYTES_A_TOKEN), min(limits, default=MOST_OUTPUT))
