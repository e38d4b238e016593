"""What a worker tells the page, again and again, beside its requests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from epol.gateway.live.feed import Feed
from epol.gateway.live.recent import Recent, rows
from epol.gateway.live.row import Over
from epol.gateway.live.samples import Numbers, Sample, readings, since, traffic
from epol.gateway.metrics import Sheet
from epol.gateway.policies import Policies

TICK = 0.5
SAMPLED = 2
"""Ticks between two samples."""
_log = logging.getLogger("epol.gateway")


class Ticker:
    """Puts the requests of one process, and how things stand, where all workers have them."""

    def __init__(
        self, feed: Feed, recent: Recent, policies: Policies, sheet: Callable[[], Sheet]
    ) -> None:
        """`sheet` gives what this process has counted."""
        self._feed, self._recent, self._policies = feed, recent, policies
        self._sheet = sheet
        self._before: Numbers = {}
        self._has_told = False

    async def run(self) -> None:
        """Go on until cancelled.  What cannot be told is left out: requests do not depend on it."""
        ticks = 0
        while True:
            await asyncio.sleep(TICK)
            ticks += 1
            await self.tick(samples=ticks % SAMPLED == 0)

    async def tick(self, *, samples: bool) -> None:
        """Tell what is new; how things stand too, if it `samples`."""
        taken = self._recent.take()
        sample = self._sample() if samples else None
        if not taken and sample is None:
            return
        try:
            await asyncio.to_thread(self._put, taken, sample)
        except Exception as error:  # noqa: BLE001 (the page fails, requests go on)
            if not self._has_told:
                self._has_told = True
                _log.error("the live page cannot be told: %s", type(error).__name__)

    def _put(self, taken: list[Over], sample: Sample | None) -> None:
        self._feed.put(rows(taken), sample)

    def _sample(self) -> Sample:
        engine = self._policies.engine
        went = traffic(self._sheet())
        added, self._before = since(went, self._before), went
        return Sample(readings(engine.signals, engine.manifest), added)
