"""What live signals cost: `python bench/signals.py` prints microseconds as JSON.

Times are the thread's own (`thread_time`), each the median of five repetitions; those of the
books are by the wall clock, since they wait for the disk.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from epol.engine.signals.board import SignalBoard
from epol.engine.signals.budget import Ledger
from epol.engine.signals.budget_sqlite import SqliteBudget
from epol.engine.signals.health import Health
from epol.engine.signals.tokens import estimate

ROOT = Path(__file__).resolve().parents[1]
HEADERS = {"x-ratelimit-remaining-requests": "59", "x-ratelimit-reset-requests": "1s"}


def microseconds(
    work: Callable[[], object], times: int, clock: Callable[[], float] = time.thread_time
) -> float:
    taken: list[float] = []
    for _ in range(5):
        began = clock()
        for _ in range(times):
            work()
        taken.append((clock() - began) / times * 1e6)
    return round(median(taken), 1)


def attempt(health: Health) -> None:
    begun = health.begin("t0")
    assert begun is not None
    with begun:
        begun.answer(200, HEADERS)


def books(ledger: Ledger) -> None:
    with ledger.reserve(1) as reservation:
        reservation.settle(1)


def main() -> None:
    board = SignalBoard()
    health = Health(board, [f"t{at}" for at in range(8)])
    signals = ("up", "queue", "latency", "errors", "rate_left")
    stale = {f"t{at}.{signal}": 2**63 for at in range(8) for signal in signals}
    for name in stale:
        board.publish({name: 1}, 60.0)
    kilobyte = (ROOT / "README.md").read_text(encoding="utf-8")[:1024]
    with TemporaryDirectory() as folder:
        store = SqliteBudget(Path(folder) / "budget.db")
        ledger = Ledger(store, {"day": "$1000"})
        results = {
            "fresh readings of 40 signals": microseconds(lambda: board.fresh(stale), 20_000),
            "a request, begun, answered and ended": microseconds(lambda: attempt(health), 3_000),
            "tokens of a kilobyte, estimated": microseconds(lambda: estimate(kilobyte), 20_000),
            "reserve and settle in a file": microseconds(
                lambda: books(ledger), 500, time.perf_counter
            ),
        }
        store.close()
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
