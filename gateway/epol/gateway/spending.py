"""What requests cost: set aside before they are sent, and settled when it is known."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from epol.engine import Decision
from epol.engine.bundle.manifest import TargetEntry
from epol.engine.errors import BudgetError, OverBudgetError
from epol.engine.signals.budget import Balance, Budget, Ledger, Period
from epol.engine.signals.budget_redis import RedisBudget
from epol.engine.signals.budget_sqlite import SqliteBudget
from epol.engine.signals.provider import Provider
from epol.engine.signals.reservation import Reservation
from epol.gateway.problems import ProblemError
from epol.gateway.settings import Settings, SettingsError

_log = logging.getLogger("epol.gateway")

BYTES_A_TOKEN = 3
"""Fewer than a token of usual text has, so that enough is set aside."""
MOST_OUTPUT = 4096
"""Tokens that are set aside for an answer whose length nobody limits."""
_OUTPUT_CAP = "max_output_tokens"


class _Usage(msgspec.Struct):
    """What an answer says of its tokens, in the words of each API."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


class _Answer(msgspec.Struct):
    usage: _Usage | None = None


_answer = msgspec.json.Decoder(_Answer)


@dataclass(frozen=True)
class Bill:
    """What one request may cost at each target that it may go to, in millionths of a dollar."""

    reservation: Reservation | None = None
    most: Mapping[str, int] = field(default_factory=dict[str, int])
    targets: Mapping[str, TargetEntry] = field(default_factory=dict[str, TargetEntry])

    async def settle(self, answer: bytes | None, target: str | None = None) -> None:
        """Book what an answer of a target cost, by the tokens that it names; give back the rest.

        All that was set aside for the target where it names none, or all of it where the target
        is not known either; nothing for None.
        """
        if self.reservation is None:
            return
        cost = 0 if answer is None else self._cost(answer, target)
        try:
            await asyncio.to_thread(self.reservation.settle, cost)
        except BudgetError as error:
            _log.error("what a request cost could not be booked: %s", type(error).__name__)

    def _cost(self, answer: bytes, target: str | None) -> int:
        if target is None:
            return max(self.most.values())
        usage = _usage(answer)
        if usage is None:
            return self.most[target]
        read = usage.prompt_tokens or usage.input_tokens
        return cost(self.targets[target], read, usage.completion_tokens or usage.output_tokens)


class Spending:
    """The budget of a gateway, whose books its workers share."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.provider: Provider = Budget(ledger)

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

        `output` is how many tokens it asks for.  Raises `ProblemError` where less is left.
        """
        most = {name: _most(target, decision, size, output) for name, target in targets.items()}
        try:
            reserved = await asyncio.to_thread(self._ledger.reserve, max(most.values()))
        except OverBudgetError:
            raise ProblemError(
                429,
                "insufficient_quota",
                "the budget has less left than this request may cost",
                headers={"x-should-retry": "false"},
            ) from None
        except BudgetError:
            raise ProblemError(503, "budget-unavailable", "the budget cannot be read") from None
        return Bill(reserved, most, targets)


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
    store = SqliteBudget(folder / "budget.sqlite3") if server is None else RedisBudget(server)
    try:
        return Spending(Ledger(store, limits, zone=said.zone))
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


def _usage(answer: bytes) -> _Usage | None:
    try:
        return _answer.decode(answer).usage
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
