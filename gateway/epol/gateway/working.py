"""The processes that serve: one, or several that a parent starts, watches and ends."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
import sqlite3
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Any

from epol.engine.errors import BudgetError
from epol.gateway.app import Gateway
from epol.gateway.families import RELOADS
from epol.gateway.metrics import Metrics, Sheet
from epol.gateway.providers import signal_runner
from epol.gateway.reloading import PolicyFile, exchange
from epol.gateway.server import Server, run
from epol.gateway.settings import Settings
from epol.gateway.sheets import Sheets
from epol.gateway.state import Shared

_log = logging.getLogger("epol.gateway")
_TICK = 0.2
_TELL = 1.0
_ALLOCATIONS = 20_000
"""Objects more than before, after which the collector looks through the new ones."""
_QUICK, _PAUSE = 1.0, 1.0
"""A worker that ended so soon was not ended by its work; then the next one waits so long."""


@dataclass(frozen=True)
class Running:
    """What a process serves, wherever callers reach it."""

    shared: Shared
    settings: Settings
    file: PolicyFile
    metrics: Metrics = field(default_factory=Metrics)
    """Of this process."""
    sheets: Sheets | None = None
    """Where several workers put what they count."""
    parent: int | None = None
    """The process that started this one, without which it is to end."""


@dataclass(frozen=True)
class Work(Running):
    """What a worker serves, and the socket where it listens."""

    listening: socket.socket = field(kw_only=True)


def run_workers(work: Work) -> int:
    """Serve until a signal ends it; the exit status."""
    if work.settings.workers == 1:
        run(lambda: serve_here(work, watches=True))
        return 0
    return _Parent(work).run()


async def serve_here(work: Work, *, watches: bool) -> None:
    """Serve in this process until SIGTERM or SIGINT; see `serve_until_told`."""
    gateway = Gateway(work.shared, work.settings, work.metrics, work.sheets)
    server = Server(gateway, work.settings)
    serving = server.serve(work.listening)
    await serve_until_told(work, gateway, serving, server.stop, watches=watches)


async def serve_until_told(
    work: Running,
    gateway: Gateway,
    serving: Coroutine[Any, Any, None],
    stop: Callable[[], None],
    *,
    watches: bool,
) -> None:
    """Run a gateway's server, and what runs beside it, until SIGTERM or SIGINT asks it to `stop`.

    SIGHUP reads the policy anew; so does a change, if it `watches`.
    """
    # What is there now stays: the collector need not look through it again and again.
    gc.collect()
    gc.freeze()
    # Requests leave little that is for the collector, and there are many of them at a time.
    gc.set_threshold(_ALLOCATIONS)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    beside = (
        _reload(work, watches=watches),
        _signals(work),
        _tell(work, gateway),
        _end_with_parent(work, stop),
    )
    tasks = [asyncio.create_task(each) for each in beside]
    try:
        await serving
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if work.shared.spending is not None:
            with suppress(BudgetError):
                work.shared.spending.overdue.catch_up()
        _publish(work, gateway.sheet())


async def _signals(work: Running) -> None:
    await signal_runner(work.shared, work.settings).run()


async def _tell(work: Running, gateway: Gateway) -> None:
    """Tell the other workers what is counted here, again and again."""
    while work.sheets is not None:
        await asyncio.sleep(_TELL)
        await asyncio.to_thread(_publish, work, gateway.sheet())


async def _end_with_parent(work: Running, stop: Callable[[], None]) -> None:
    """A worker that nobody starts anew, tells of a policy or ends is to end by itself."""
    while work.parent is not None:
        await asyncio.sleep(_TELL)
        if os.getppid() != work.parent:
            _log.error("the gateway's parent is gone, so worker %d ends", os.getpid())
            stop()
            return


def _publish(work: Running, sheet: Sheet) -> None:
    if work.sheets is None:
        return
    try:
        work.sheets.publish(sheet)
    except sqlite3.Error as error:
        _log.error("what was counted could not be told: %s", type(error).__name__)


async def _reload(work: Running, *, watches: bool) -> None:
    wanted = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, wanted.set)
    while True:
        try:
            async with asyncio.timeout(work.settings.reload_seconds):
                await wanted.wait()
        except TimeoutError:
            if not watches or not await asyncio.to_thread(work.file.has_changed):
                continue
        wanted.clear()
        taken = await asyncio.to_thread(exchange, work.file, work.shared.policies)
        if watches:
            _count_reload(work, taken)


def _count_reload(work: Running, taken: bytes | None) -> None:
    work.metrics.add(RELOADS, "refused" if taken is None else "taken")


class _Parent:
    """Starts workers, starts another for one that dies, and ends them all.

    It compiles a changed policy once; the workers take the bundle that it leaves for them.
    """

    def __init__(self, work: Work) -> None:
        self._sheets = Sheets(work.shared.folder / "metrics.sqlite3")
        self._work = replace(work, sheets=self._sheets)
        self._bundle = work.shared.folder / "policy.epolb"
        self._workers: dict[int, float] = {}
        self._wants_reload = False
        self._wants_end = False

    def run(self) -> int:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_end)
        signal.signal(signal.SIGHUP, self._on_reload)
        looked = time.monotonic()
        try:
            while not self._wants_end:
                self._fill()
                time.sleep(_TICK)
                self._reap()
                if time.monotonic() - looked >= self._work.settings.reload_seconds:
                    looked = time.monotonic()
                    self._wants_reload = self._work.file.has_changed() or self._wants_reload
                if self._wants_reload:
                    self._wants_reload = False
                    self._exchange()
        finally:
            self._end_all()
        return 0

    def _on_end(self, _number: int, _frame: FrameType | None) -> None:
        self._wants_end = True

    def _on_reload(self, _number: int, _frame: FrameType | None) -> None:
        self._wants_reload = True

    def _fill(self) -> None:
        own = os.getpid()
        while len(self._workers) < self._work.settings.workers and not self._wants_end:
            child = os.fork()
            if child == 0:
                self._serve(own)
            self._workers[child] = time.monotonic()

    def _serve(self, parent: int) -> None:
        """In a child, which ends here."""
        status = 1
        try:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            work = self._work
            file = PolicyFile(self._bundle)
            own = replace(work, file=file, metrics=Metrics(), parent=parent)
            run(lambda: serve_here(own, watches=False))
            status = 0
        except BaseException as error:  # noqa: BLE001 (its words may be a request's)
            _log.error("a worker failed: %s", type(error).__name__)
        finally:
            os._exit(status)

    def _reap(self) -> None:
        while self._workers:
            child, status = os.waitpid(-1, os.WNOHANG)
            if child == 0:
                return
            began = self._workers.pop(child, None)
            self._end_sheet(child)
            if began is not None and not self._wants_end:
                _log.error("worker %d ended with %d", child, os.waitstatus_to_exitcode(status))
                if time.monotonic() - began < _QUICK:
                    time.sleep(_PAUSE)

    def _end_sheet(self, child: int) -> None:
        try:
            self._sheets.end(child)
        except sqlite3.Error as error:
            _log.error("what a worker counted is lost: %s", type(error).__name__)

    def _exchange(self) -> None:
        """Take the policy here, for workers to come, and have those that are there take it."""
        bundle = exchange(self._work.file, self._work.shared.policies)
        _count_reload(self._work, bundle)
        _publish(self._work, self._work.metrics.sheet())
        if bundle is not None:
            _write(self._bundle, bundle)
            self._tell(signal.SIGHUP)

    def _tell(self, number: signal.Signals) -> None:
        for child in self._workers:
            os.kill(child, number)

    def _end_all(self) -> None:
        self._tell(signal.SIGTERM)
        until = time.monotonic() + self._work.settings.times.drain + 5
        while self._workers and time.monotonic() < until:
            self._reap_quietly()
            time.sleep(0.05)
        self._tell(signal.SIGKILL)
        while self._workers:
            self._reap_quietly()
            time.sleep(0.01)

    def _reap_quietly(self) -> None:
        self._wants_end = True
        self._reap()


def _write(path: Path, data: bytes) -> None:
    """A file that appears whole."""
    new = path.with_suffix(".new")
    new.write_bytes(data)
    new.replace(path)
