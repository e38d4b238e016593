"""Servers in a thread beside a test, for callers that block."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Generator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TypeVar

T = TypeVar("T")
_PATIENCE = 120.0


@contextmanager
def in_a_thread(opened: Callable[[], AbstractAsyncContextManager[T]]) -> Generator[T]:
    """What is opened, in an event loop of its own; closed afterwards."""
    told: queue.SimpleQueue[T | BaseException] = queue.SimpleQueue()
    loop, end = asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        async with opened() as made:
            told.put(made)
            await end.wait()

    def run() -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                runner.run(serve())
        except BaseException as error:  # noqa: BLE001 (the test is to have it)
            told.put(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        found = told.get(timeout=_PATIENCE)
        if isinstance(found, BaseException):
            raise found
        yield found
    finally:
        if not loop.is_closed():
            loop.call_soon_threadsafe(end.set)
        thread.join()
