"""A connection to a target: one request at a time, and the answer to it as it comes."""

from __future__ import annotations

import asyncio
from typing import cast

from epol.gateway.parsing import HttpParserError, HttpParserUpgrade, HttpResponseParser

MOST_AROUND = 64 * 1024
"""Bytes that may come in a row without one of a body: heads, trailers, what is beside chunks."""
_MOST_WAITING = 256 * 1024
"""Bytes of a body that may wait to be taken, before the target is made to wait."""
_CONTINUES = range(100, 200)
_SWITCHES = 101


class TransportError(Exception):
    """A target could not be asked, or broke off.  `kind` says how; no text of either side."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class NotTakenError(TransportError):
    """A kept connection had ended before anything was answered on it."""

    def __init__(self) -> None:
        super().__init__("broken-off")


class Connection(asyncio.Protocol):
    """Sends requests and receives answers, of which httptools (llhttp) finds the ends.

    A connection on which anything comes that was not asked for is not used again.
    """

    def __init__(self) -> None:
        self._parser = HttpResponseParser(self)
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._parts: list[bytes] = []
        self._size = self._around = self._head = 0
        self._is_paused = self._is_busy = self._has_head = False
        self._has_answered = self._stays = False
        self._failure: TransportError | None = None
        self.lost: asyncio.Future[None] = self._loop.create_future()
        self.status = 0
        self.headers: dict[str, str] = {}
        """By name in lower case; of one that is there several times, the first."""
        self.is_over = False
        """Whether all of the answer is there."""
        self.idle_since = 0.0

    @property
    def is_reusable(self) -> bool:
        """Whether another request may be sent."""
        return (
            self.is_over
            and self._stays
            and self._failure is None
            and not self._parts
            and not self.lost.done()
            and self._transport is not None
            and not self._transport.is_closing()
        )

    async def ask(self, request: bytes) -> None:
        """Send a request; its answer's head is there then.  Raises `TransportError`."""
        assert self._transport is not None, "it is connected before it is used"
        self._begin()
        self.is_over, self._is_busy = False, True
        self._transport.write(request)
        while not self._has_head:
            await self._change()

    async def take(self) -> bytes:
        """More of the body; nothing at its end.  Raises `TransportError`."""
        while not self._parts:
            if self.is_over:
                return b""
            await self._change()
        parts = self._parts
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        parts.clear()
        self._size = 0
        if self._is_paused and self._transport is not None:
            self._is_paused = False
            self._transport.resume_reading()
        return data

    def close(self) -> None:
        """Use it no more."""
        if self._transport is not None:
            self._transport.abort()

    async def _change(self) -> None:
        """Wait until something has come."""
        if self._failure is not None:
            raise self._failure
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, error: TransportError) -> None:
        if self._failure is None:
            self._failure = error
        self.close()
        self._wake()

    # What asyncio tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is there."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Some of an answer."""
        if not self._is_busy:
            self._fail(TransportError("no-http"))
            return
        self._around += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self._fail(TransportError("no-http"))
            return
        if self._around > MOST_AROUND:
            self._fail(TransportError("no-http"))
        elif self._size > _MOST_WAITING and not self._is_paused and self._transport is not None:
            self._is_paused = True
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone.  An answer that says neither its length nor its chunks ends so."""
        self.lost.set_result(None)
        if self._is_busy and self._failure is None:
            if self._has_head and exc is None and not self._says_its_end:
                self._end()
            elif self._has_answered and not self.status and not self._around:
                self._failure = NotTakenError()
            else:
                self._failure = TransportError("broken-off")
        self._wake()

    # What httptools tells.

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head; those behind the body are nobody's."""
        if self._has_head:
            return
        self._head += len(name) + len(value)
        if self._head > MOST_AROUND:
            raise HttpParserError("the head is too large")
        self.headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))

    def on_headers_complete(self) -> None:
        """The head is there: of the answer, or of one that says that it will come."""
        self.status = self._parser.get_status_code()
        if self.status == _SWITCHES:
            raise HttpParserError("nobody asked for another protocol")
        self._has_head = self.status not in _CONTINUES
        # Asked now: behind the body the parser knows it no more.
        self._stays = self._parser.should_keep_alive()

    def on_body(self, body: bytes) -> None:
        """Some of the body."""
        self._around = 0
        self._size += len(body)
        self._parts.append(body)

    def on_message_complete(self) -> None:
        """The answer is over, or what came before it."""
        if self._has_head:
            self._end()
        else:
            self._begin()

    def on_message_begin(self) -> None:
        """An answer begins: there is one for a request."""
        if not self._is_busy:
            raise HttpParserError("there is more than was asked for")

    @property
    def _says_its_end(self) -> bool:
        return "content-length" in self.headers or "transfer-encoding" in self.headers

    def _begin(self) -> None:
        self.status, self.headers, self._head = 0, {}, 0
        self._has_head = False

    def _end(self) -> None:
        self.is_over = self._has_answered = True
        self._is_busy = False
        self._around = 0
