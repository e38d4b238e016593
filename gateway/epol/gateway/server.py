"""HTTP for callers: the only place that imports uvicorn and uvloop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol, cast

import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from epol.gateway.asgi import Receive, Scope, Send
from epol.gateway.parsing import HttpParserError
from epol.gateway.settings import Limits, Settings


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with limits for heads, of which it has none: in bytes, and in seconds.

    A connection that is kept open between requests has uvicorn's own patience.
    """

    def __init__(self, *args: Any, limits: Limits, **more: Any) -> None:  # noqa: ANN401 (uvicorn's)
        super().__init__(*args, **more)
        self._limits = limits
        self._head = 0
        self._is_busy = False
        self._waiting: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A head is to come."""
        self._joining = _Joining(cast(asyncio.Transport, transport), self.loop)
        super().connection_made(cast(asyncio.Transport, self._joining))
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is to come."""
        self._stop_waiting()
        self._stop_unread()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The caller does not take what is sent; if it goes on so, it has gone."""
        super().pause_writing()
        self._unread = self.loop.call_later(self._limits.read_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """It does again."""
        self._stop_unread()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        """Bytes: of a head, if no request is under way."""
        super().data_received(data)
        # Most heads come whole.
        if self._waiting is None and not self._is_busy and not self.transport.is_closing():
            self._await_head()

    def on_message_begin(self) -> None:
        """A head begins."""
        self._head = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A piece of its address."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One of its fields."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """It is there in time."""
        self._stop_waiting()
        self._is_busy = True
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """The next head may come."""
        self._is_busy = False
        self._joining.flush()
        super().on_response_complete()

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > self._limits.header:
            raise HttpParserError("the head is too large")

    def _await_head(self) -> None:
        self._waiting = self.loop.call_later(self._limits.header_seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _stop_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _give_up(self) -> None:
        self._waiting = None
        if not self.transport.is_closing():
            self.transport.close()


class _Joining:
    """A transport that sends what is written in one turn of the loop at once: head and body."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._parts: list[bytes] = []

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (all else is the transport's)
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """See `asyncio.Transport`."""
        if not self._parts:
            self._loop.call_soon(self.flush)
        self._parts.append(data)

    def flush(self) -> None:
        """Send what was written."""
        if self._parts:
            data = b"".join(self._parts)
            self._parts.clear()
            self._transport.write(data)

    def close(self) -> None:
        """See `asyncio.Transport`."""
        self.flush()
        self._transport.close()


class _Server(uvicorn.Server):
    """uvicorn's, which leaves signals to whoever runs it."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """It would raise them anew, and so end the process before its work is put away."""
        yield


class Served(Protocol):
    """What a server serves: an ASGI application that is opened in its loop, and closed."""

    is_ready: bool

    async def start(self) -> None:
        """Open what needs the loop."""
        ...

    async def stop(self) -> None:
        """Close it; what was under way has ended."""
        ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        ...


class Server:
    """A gateway that listens."""

    def __init__(self, gateway: Served, settings: Settings) -> None:
        self._gateway = gateway
        limits = settings.limits
        self._server = _Server(
            uvicorn.Config(
                cast(Any, gateway),
                http=cast(Any, partial(LimitedProtocol, limits=limits)),
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                backlog=2048,
                limit_concurrency=limits.connections,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=int(settings.times.drain),
            )
        )

    @property
    def is_started(self) -> bool:
        """Whether it takes connections."""
        return self._server.started

    async def serve(self, listening: socket.socket) -> None:
        """Serve on a socket until `stop` ends it; what is under way ends first."""
        await self._gateway.start()
        try:
            await self._server.serve(sockets=[listening])
        finally:
            await self._gateway.stop()

    def stop(self) -> None:
        """Take no more requests, and end when those under way have."""
        self._gateway.is_ready = False
        # Asked for twice, it does not wait.
        self._server.force_exit = self._server.should_exit
        self._server.should_exit = True


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine in a fast event loop, until it ends."""
    uvloop.run(main())
