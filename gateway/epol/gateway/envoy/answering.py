"""A target's answer that Envoy holds, and what the caller gets in place of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Protocol

from epol.gateway.asgi import Message
from epol.gateway.envoy import messages
from epol.gateway.envoy.messages import (
    RESPONSE_BODY,
    RESPONSE_HEADERS,
    RESPONSE_TRAILERS,
    Came,
    Change,
)
from epol.gateway.transport import TransportError

DETAILS = "epol"
"""What Envoy's log has as the reason of an answer that is no target's."""


class _Talk(Protocol):
    async def next(self, kind: str | None = None) -> Came: ...

    async def write(self, *said: bytes) -> None: ...


class Answering:
    """The answer to one request: read as a target's, and sent as ASGI sends one.

    Without a `head` no target has answered.  One that is buffered comes whole, and goes on whole.
    """

    def __init__(self, talk: _Talk, head: Came | None, *, is_buffered: bool) -> None:
        self._talk, self._head, self._is_buffered = talk, head, is_buffered
        fields = () if head is None else head.fields
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in fields}
        status = self.headers.pop(":status", "0")
        self.status = int(status) if status.isdecimal() else 0
        self.is_read = head is not None and head.is_last
        """Whether no more of it comes."""
        self._trailers: Came | None = None
        self._start: Message = {}
        self._parts: list[bytes] = []
        self._has_begun = self._goes_on = False
        self.is_over = False

    async def read(self, most: int) -> bytes:
        """See `Given.read`."""
        parts: list[bytes] = []
        size = 0
        async for part in self.chunks():
            size += len(part)
            if size > most:
                raise TransportError("too-large")
            parts.append(part)
        return b"".join(parts)

    async def chunks(self) -> AsyncIterator[bytes]:
        """See `Given.chunks`."""
        if self._is_buffered and not self.is_read:
            await self._talk.write(messages.goes_on(RESPONSE_HEADERS))
        while not self.is_read:
            came = await self._talk.next()
            if came.kind == RESPONSE_TRAILERS:
                self._trailers = came
            elif came.kind != RESPONSE_BODY or (self._is_buffered and not came.is_last):
                raise TransportError("unreadable")
            self.is_read = came.is_last
            if came.body:
                yield came.body

    def close(self) -> None:
        """See `Given.close`: Envoy closes the connection."""

    async def send(self, message: Message) -> None:
        """ASGI: the answer as the caller is to have it."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        data: bytes = message.get("body", b"")
        is_last = not message.get("more_body", False)
        head: list[bytes] = []
        if not self._has_begun:
            self._has_begun = True
            self._goes_on = self._is_the_targets(is_last=is_last)
            if self._goes_on and not self._is_buffered:
                head.append(messages.goes_on(RESPONSE_HEADERS, self._change()))
        if self._goes_on and not self._is_buffered:
            await self._talk.write(*head, *self._pieces(data, is_last=is_last))
        else:
            await self._whole(data, is_last=is_last)
        self.is_over = is_last

    def _is_the_targets(self, *, is_last: bool) -> bool:
        """Whether it goes on as the target's own, changed; else the caller gets another.

        A whole one must have been read, so that nothing of it is left to come.
        """
        if self._head is None or self._head.is_last or self._start["status"] != self.status:
            return False
        return self.is_read or not is_last

    def _pieces(self, data: bytes, *, is_last: bool) -> Iterator[bytes]:
        if data or (is_last and self._trailers is None):
            yield messages.piece(data, is_last=is_last and self._trailers is None)
        if is_last and self._trailers is not None:
            yield messages.without_trailers(self._trailers)

    async def _whole(self, data: bytes, *, is_last: bool) -> None:
        self._parts.append(data)
        if not is_last:
            return
        body = b"".join(self._parts)
        if self._goes_on:
            change = self._change({"content-length": str(len(body))})
            await self._talk.write(messages.goes_on(RESPONSE_BODY, change, body))
        else:
            fields = self._change().sets
            await self._talk.write(messages.instead(self._start["status"], fields, body, DETAILS))

    def _change(self, more: dict[str, str] | None = None) -> Change:
        """What the caller gets of header fields: none of the target's."""
        sets = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in self._start["headers"]
            if name != b"content-length"
        }
        sets |= more or {}
        return Change(sets, sorted(self.headers.keys() - sets.keys()))
