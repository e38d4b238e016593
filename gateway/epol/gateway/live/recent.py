"""The last requests of one process, until they are told to the others."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from epol.gateway.exchange import Exchange
from epol.gateway.live.row import Over, Row, row

MOST = 50
"""Requests that one process tells in a tick; of more, the last ones.  All of them are counted."""


class Recent:
    """Takes each request as it ends, which is on its way, and makes rows of them later.

    Belongs to the event loop; rows may be made in another thread.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._over: deque[Over] = deque(maxlen=MOST)

    def add(self, exchange: Exchange) -> None:
        """A request for a model is over.  Keeps nothing of what was said."""
        problem = exchange.problem
        self._over.append(
            Over(
                self._clock(),
                exchange.id,
                exchange.api,
                exchange.caller,
                exchange.status,
                exchange.answering,
                exchange.milliseconds,
                exchange.attempts.told,
                "" if problem is None else problem.code,
                exchange.decision,
                exchange.costs,
            )
        )

    def take(self) -> list[Over]:
        """Those that came since this was last asked, the oldest first."""
        taken = list(self._over)
        self._over.clear()
        return taken


def rows(taken: list[Over]) -> list[Row]:
    """What the page shows of some requests."""
    return [row(each) for each in taken]
