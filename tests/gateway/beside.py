"""A gateway in a thread beside the test, for clients that block."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from epol.gateway.settings import Settings
from tests.gateway.running import Caller, gateway
from tests.gateway.targets import Behaviour, FakeTarget, targets

CLAUDE = """
field api : string default "openai"
target claude { at cloud  context 1M  tools true  model "opus"  url env "CLAUDE_URL"
                key env "CLAUDE_KEY"  api "anthropic" }
"""
"""A target that speaks Anthropic's API; the others do not."""
NOWHERE = "http://127.0.0.1:9/v1"
"""Where nobody listens."""


@dataclass
class Beside:
    """A gateway, and its three targets."""

    url: str
    ward: FakeTarget
    azure: FakeTarget
    claude: FakeTarget


@contextmanager
def beside(
    *behaviours: Behaviour,
    settings: Settings | None = None,
    more: str = "",
    environment: Mapping[str, str] | None = None,
) -> Generator[Beside]:
    """A gateway between a model on the ward, one in the cloud, and one that is Anthropic's."""
    told: queue.SimpleQueue[Beside | BaseException] = queue.SimpleQueue()
    ends: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve() -> None:
        end = asyncio.Event()
        ends.append((asyncio.get_running_loop(), end))
        async with targets(*behaviours) as made:
            ward, azure, claude = made
            keys = {"CLAUDE_URL": claude.url, "CLAUDE_KEY": "key-of-claude", **(environment or {})}
            async with gateway(ward.url, azure.url, settings, CLAUDE + more, **keys) as caller:
                told.put(_found(caller, made))
                await end.wait()

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:  # noqa: BLE001 (the test is to have it)
            told.put(error)

    thread = threading.Thread(target=run)
    thread.start()
    found = told.get(timeout=60)
    try:
        if isinstance(found, BaseException):
            raise found
        yield found
    finally:
        for loop, end in ends:
            if not loop.is_closed():
                loop.call_soon_threadsafe(end.set)
        thread.join()


def _found(caller: Caller, made: list[FakeTarget]) -> Beside:
    ward, azure, claude = made
    return Beside(caller.url, ward, azure, claude)
