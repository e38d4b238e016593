"""A server that answers HTTP, and a proxy before it that delays, jitters, drops and cuts."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from itertools import repeat

PATIENT = 30.0
"""Seconds that nothing takes but a fault."""


class Fault(Enum):
    """What the proxy does with a connection instead of passing it on."""

    DROP = "swallow what comes and say nothing"
    CUT = "close at the first byte"


class Hand:
    """Seconds that go on when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def really(seconds: float) -> None:
    """Wait in earnest."""
    await asyncio.sleep(seconds)


def by_hand(hand: Hand) -> Callable[[float], object]:
    """Let a clock's time pass instead of waiting: the same numbers, exactly and at once."""

    async def wait(seconds: float) -> None:
        hand.now += seconds

    return wait


@dataclass
class Proxy:
    """Passes bytes between its port and that of a server, each connection by its plan."""

    upstream: int
    wait: Callable[[float], object] = really
    plan: Iterator[float | Fault] = field(default_factory=lambda: repeat(0.0))
    """For each connection the delay in seconds before it is passed on, or a fault."""
    port: int = 0
    connections: int = 0
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set[asyncio.StreamWriter])

    async def listen(self) -> None:
        """Take connections, at the same port each time."""
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Take none any more, and cut those that are open."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._open:
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        step = next(self.plan)
        try:
            first = await reader.read(65_536)
            if step is Fault.DROP:
                while await reader.read(65_536):
                    pass
            elif not isinstance(step, Fault) and first:
                waiting = self.wait(step)
                assert asyncio.iscoroutine(waiting)
                await waiting
                await self._relay(first, reader, writer)
        except OSError:
            pass
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _relay(
        self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        far, out = await asyncio.open_connection("127.0.0.1", self.upstream)

        async def pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while chunk := await source.read(65_536):
                sink.write(chunk)
                await sink.drain()
            if sink.can_write_eof():
                sink.write_eof()

        try:
            out.write(first)
            await asyncio.gather(pipe(reader, out), pipe(far, writer))
        finally:
            out.transport.abort()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Any request gets a refusal: whoever probes has no key."""
    try:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    except (OSError, EOFError):
        writer.transport.abort()


@asynccontextmanager
async def behind_proxy(
    wait: Callable[[float], object] = really, server_tls: ssl.SSLContext | None = None
) -> AsyncGenerator[Proxy]:
    """A proxy that listens, with a server behind it."""
    server = await asyncio.start_server(_answer, "127.0.0.1", 0, ssl=server_tls)
    proxy = Proxy(server.sockets[0].getsockname()[1], wait)
    await proxy.listen()
    try:
        yield proxy
    finally:
        await proxy.refuse()
        server.close()
