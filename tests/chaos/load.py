"""Callers who ask again and again, and judge what they get."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from random import Random

import aiohttp

from tests.chaos.asking import ANYWHERE, HERE, LONG, THERE, Question, name_of, question, spoken
from tests.chaos.books import Books
from tests.chaos.judging import Tally, Told, Verdict, judged
from tests.chaos.site import OPERATOR, WORKERS
from tests.gateway.scraping import value

_PATIENCE = 60.0
_GOOD = 3
"""So often in a row each probing question must be answered right."""
_PUBLISHED = 1.2
"""Seconds in which each worker says how it stands."""


@dataclass
class Load:
    """Callers of a gateway.

    While `is_calm` every question must be answered right, or blocked by the policy.
    `may_break` where a process that answers was killed or stopped.
    """

    url: str
    random: Random
    callers: int = 4
    pause: float = 0.1
    is_calm: bool = False
    may_break: bool = False
    tally: Tally = field(default_factory=Tally)
    books: Books = field(default_factory=Books)
    number: int = 0
    _tasks: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])
    _goes: asyncio.Event = field(default_factory=asyncio.Event)
    _ends: bool = False
    _busy: int = 0

    async def start(self) -> None:
        """Let them begin."""
        self._goes.set()
        self._tasks = [asyncio.create_task(self._caller()) for _ in range(self.callers)]

    async def stop(self) -> None:
        """Let them end."""
        self._ends = True
        self._goes.set()
        await asyncio.gather(*self._tasks)

    async def rest(self) -> None:
        """Ask nothing new, and wait for what is under way."""
        self._goes.clear()
        while self._busy:
            await asyncio.sleep(0.02)

    def go_on(self) -> None:
        """Ask again."""
        self._goes.set()

    async def recovered(self, most: float) -> float:
        """Wait until no breaker is open and questions of each sort are answered right.

        Returns the seconds that it took.
        """
        began, good = time.monotonic(), 0
        while good < _GOOD:
            assert time.monotonic() - began < most, self.tally
            # Connections of their own, or only one worker would be asked.
            connector = aiohttp.TCPConnector(force_close=True)
            async with aiohttp.ClientSession(connector=connector) as session:
                # Each target alone, and both ways in which one stands in for the other.
                verdicts = [
                    await self._ask(session, self._probe(output))
                    for output in (HERE, THERE, ANYWHERE, LONG)
                ]
                is_closed = await _is_closed(session, self.url)
            good = good + 1 if is_closed and set(verdicts) == {Verdict.RIGHT} else 0
            await asyncio.sleep(_PUBLISHED / _GOOD)
        return time.monotonic() - began

    def _probe(self, output: int) -> Question:
        self.number += 1
        made = spoken(self.number, self.random, output)
        made.session = f"probe {self.number % 7}".replace(" ", "-")
        return made

    async def _caller(self) -> None:
        async with aiohttp.ClientSession() as session:
            while not self._ends:
                await self._goes.wait()
                self.number += 1
                await self._ask(session, question(self.number, self.random))
                await asyncio.sleep(self.pause)

    async def _ask(self, session: aiohttp.ClientSession, asked: Question) -> Verdict:
        self._busy += 1
        was_calm, may_break = self.is_calm, self.may_break
        try:
            self.books.asked(asked)
            told = await _told(session, self.url, asked)
        finally:
            self._busy -= 1
        verdict, why = judged(asked, told)
        self.tally.add(verdict, why)
        self.books.answered(asked, told, verdict)
        is_fault = verdict is Verdict.WRONG or (
            verdict is Verdict.BROKEN and not (may_break or self.may_break)
        )
        is_disturbed = verdict not in (Verdict.RIGHT, Verdict.BLOCKED)
        if is_fault or (was_calm and self.is_calm and is_disturbed):
            head = {k: v for k, v in told.headers.items() if k.startswith("x-epol-at")}
            self.tally.faults.append(f"{name_of(asked.number)} {asked.path} {verdict} {why} {head}")
        return verdict


async def _is_closed(session: aiohttp.ClientSession, url: str) -> bool:
    """Whether every worker's breakers are closed, as each said last."""
    headers = {"authorization": f"Bearer {OPERATOR}"}
    try:
        async with session.get(f"{url}/epol/metrics", headers=headers) as got:
            text = await got.read()
    except (aiohttp.ClientError, OSError):
        return False
    return all(
        value(text, "epol_circuit_workers", target=target, state="closed") == WORKERS
        for target in ("ward", "azure")
    )


async def _told(session: aiohttp.ClientSession, url: str, asked: Question) -> Told:
    headers = {} if asked.session is None else {"x-epol-session": asked.session}
    told = Told()
    try:
        async with session.post(
            url + asked.path,
            data=asked.body,
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=_PATIENCE),
        ) as got:
            told.status, told.headers = got.status, dict(got.headers)
            told.body = b"".join([chunk async for chunk in got.content.iter_any()])
            told.is_whole = True
    except (aiohttp.ClientError, OSError, TimeoutError):
        pass
    return told
