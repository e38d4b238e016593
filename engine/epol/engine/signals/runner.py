"""Calls providers again and again, in a thread of its own or in an event loop."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterable

from epol.engine.forks import renewed_after_fork
from epol.engine.signals.board import SignalBoard
from epol.engine.signals.provider import Provider

_log = logging.getLogger("epol.engine")

GOOD_INTERVALS = 3
"""A reading counts as not given after so many intervals without another."""


class SignalRunner:
    """Publishes what providers read to a board, each at its interval.

    A provider that fails publishes nothing, so its signals grow stale; it is logged once, by
    its name and the kind of the error, and asked again.  One that waits for ever holds up nobody
    else; what computes or blocks for long belongs in a thread of its own (`asyncio.to_thread`).
    Use it as a context, with `start` and `stop`, or await `run` in an event loop.  A forked
    child has no thread of it: its signals grow stale until it calls `start` itself.

    Raises ValueError for two providers of one name, or an interval that is not above zero.
    """

    def __init__(self, board: SignalBoard, providers: Iterable[Provider]) -> None:
        self._board = board
        self._providers = tuple(providers)
        names = [each.name for each in self._providers]
        if len(set(names)) < len(names):
            raise ValueError("two providers have the same name")
        if not all(each.interval > 0 for each in self._providers):
            raise ValueError("the interval of a provider is above zero")
        self._told: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        self._thread: _Thread | None = None
        renewed_after_fork(self)

    def after_fork(self) -> None:
        """In a child, the thread is not there."""
        self._lock = threading.Lock()
        if self._thread is not None:
            # To close its loop would take the parent's descriptors out of the parent's poll.
            _inherited.append(self._thread)
        self._thread = None

    def __enter__(self) -> SignalRunner:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin in a thread, which ends with the process.  Does nothing where it has begun."""
        with self._lock:
            if self._thread is None:
                self._thread = _Thread(self)
                self._thread.start()

    def stop(self, patience: float = 10.0) -> None:
        """End the thread, and wait for it so many seconds at most.  It can be started again."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.end()
            if thread is not threading.current_thread():
                thread.join(patience)

    async def run(self) -> None:
        """Read and publish until cancelled."""
        await self.run_until(asyncio.Event())

    async def run_until(self, ending: asyncio.Event) -> None:
        """Read and publish until cancelled; nothing more is read once `ending` is set."""
        async with asyncio.TaskGroup() as group:
            for provider in self._providers:
                group.create_task(self._repeat(provider, ending))

    async def _repeat(self, provider: Provider, ending: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while not ending.is_set():
            await self._once(provider)
            # What could not be done in time is left out, not made up for.
            due = max(due + provider.interval, loop.time())
            await asyncio.sleep(due - loop.time())

    async def _once(self, provider: Provider) -> None:
        try:
            readings = await provider.read()
            self._board.publish(readings, GOOD_INTERVALS * provider.interval)
        except Exception as error:  # noqa: BLE001 (a provider may fail, the others go on)
            kind = (provider.name, type(error).__name__)
            if kind not in self._told:
                self._told.add(kind)
                _log.warning("signals of `%s` cannot be read and grow stale: %s", *kind)


class _Thread(threading.Thread):
    """An event loop with the providers, until told to end."""

    def __init__(self, runner: SignalRunner) -> None:
        super().__init__(name="epol-signals", daemon=True)
        self._runner = runner
        self._loop = asyncio.new_event_loop()
        self._ending = asyncio.Event()

    def run(self) -> None:
        """See `threading.Thread.run`."""
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._until_ended())

    def end(self) -> None:
        """Let it end; from any thread."""
        try:
            self._loop.call_soon_threadsafe(self._ending.set)
        except RuntimeError:
            # It has ended already.
            return

    async def _until_ended(self) -> None:
        running = asyncio.ensure_future(self._runner.run_until(self._ending))
        ended = asyncio.ensure_future(self._ending.wait())
        await asyncio.wait((running, ended), return_when=asyncio.FIRST_COMPLETED)
        for each in (running, ended):
            each.cancel()
        await asyncio.gather(running, ended, return_exceptions=True)


_inherited: list[_Thread] = []
