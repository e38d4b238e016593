"""An app's answer on its way to the caller: whole or as a stream, restored and treated."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field

from epol.engine import BodyError, Enforced, RefusedResponseError, RequestError
from epol.engine.streams.stream import Pushed
from epol.gateway.asgi import JSON, Message, Send, begin, respond
from epol.gateway.exchange import Exchange
from epol.gateway.hosting import HostRequest
from epol.gateway.offloading import Offloading
from epol.gateway.problems import ProblemError, refused
from epol.gateway.telling import tell

_log = logging.getLogger("epol.gateway")
EVENTS = "text/event-stream"
_START, _BODY = "http.response.start", "http.response.body"
_BODILESS = (204, 304)
_DONE = 200
_KEPT = frozenset(
    [
        *(b"allow", b"cache-control", b"retry-after", b"strict-transport-security", b"vary"),
        *(b"www-authenticate", b"x-should-retry"),
    ]
)
"""Header fields of answers that say nothing of what a model said."""
_KEPT_FAMILY = b"access-control-"


class ProtocolError(RuntimeError):
    """The app sends what cannot be read, or what is not offered to it."""


@dataclass(frozen=True)
class Treating:
    """What it takes to treat answers: where, up to how many bytes, and which headers stay."""

    offloading: Offloading
    most: int
    headers: Collection[bytes] = ()


@dataclass
class _Head:
    """The head of an app's answer."""

    status: int
    kind: str = ""
    is_encoded: bool = False
    kept: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])


Turned = Callable[[str], Awaitable[None]]
"""Told that a target answers."""


class HostAnswer:
    """Takes what an app sends and sends on what may go on.  For one request.

    What comes behind the end of the answer goes nowhere.
    """

    def __init__(
        self,
        exchange: Exchange,
        enforced: Enforced,
        host: HostRequest,
        treating: Treating,
        send: Send,
        turned: Turned,
        *,
        in_session: bool,
    ) -> None:
        self._turned = turned
        self._exchange, self._enforced, self._host = exchange, enforced, host
        self._treating, self._send, self._in_session = treating, send, in_session
        self._head: _Head | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self._stream: Pushed | None = None

    @property
    def is_over(self) -> bool:
        """Whether the caller has all of it."""
        return self._exchange.has_ended

    async def send(self, message: Message) -> None:
        """ASGI, for the app.  Raises `ProtocolError`."""
        if self.is_over:
            return
        kind = message["type"]
        if kind == _START and self._head is None:
            self._head = _head(message, self._treating.headers)
        elif kind == _BODY and self._head is not None:
            await self._body(self._head, message)
        else:
            raise ProtocolError("an app behind epol sends one head, then its body, and no more")

    async def fail(self) -> None:
        """The app will send no more: end what is not over as an answer that is cut short."""
        if self.is_over:
            return
        if self._stream is not None:
            await self._put(self._stream.finish(), is_last=True)
        else:
            problem = ProblemError(500, "internal-error", "the app failed")
            await tell(self._exchange, problem, self._send)

    def close(self) -> None:
        """Forget all text."""
        self._parts.clear()
        if self._stream is not None:
            self._stream.close()

    async def _body(self, head: _Head, message: Message) -> None:
        data: bytes = message.get("body", b"")
        is_last = not message.get("more_body", False)
        try:
            if head.status == _DONE and head.kind.startswith(EVENTS) and not head.is_encoded:
                await self._event_bytes(head, data, is_last=is_last)
            else:
                await self._part(head, data, is_last=is_last)
        except ProblemError as problem:
            await tell(self._exchange, problem, self._send)

    async def _part(self, head: _Head, data: bytes, *, is_last: bool) -> None:
        """A part of a whole answer."""
        self._size += len(data)
        if self._size > self._treating.most:
            raise ProblemError(502, "answer-too-large", "the answer is larger than it may be")
        self._parts.append(data)
        if not is_last:
            return
        raw = b"".join(self._parts)
        self._parts.clear()
        if not raw:
            await self._nothing(head)
            return
        if head.is_encoded:
            raise _unreadable(head, "encoded")
        body = await self._treated(head, raw)
        await self._begins(head)
        self._exchange.has_ended = True
        headers = self._exchange.headers
        await respond(self._send, head.status, body, headers, JSON, head.kept)

    async def _treated(self, head: _Head, raw: bytes) -> bytes:
        target = self._host.target
        try:
            return await self._treating.offloading.do(
                len(raw),
                lambda: self._enforced.response(target, raw),
                in_session=self._in_session,
            )
        except BodyError:
            raise _unreadable(head, "unreadable") from None
        except RefusedResponseError as error:
            raise refused(error) from None

    async def _nothing(self, head: _Head) -> None:
        """An answer without a body, in which there is nothing to treat."""
        await self._begins(head)
        self._exchange.has_ended = True
        length = () if head.status in _BODILESS else ((b"content-length", b"0"),)
        own = [(k.encode(), v.encode("latin-1")) for k, v in self._exchange.headers.items()]
        await self._send(
            {"type": _START, "status": head.status, "headers": [*own, *length, *head.kept]}
        )
        await self._send({"type": _BODY, "body": b""})

    async def _event_bytes(self, head: _Head, data: bytes, *, is_last: bool) -> None:
        """A part of a stream."""
        stream = self._stream
        if stream is None:
            stream = self._stream = self._opened()
            await self._begins(head)
            await begin(self._send, head.status, self._exchange.headers, EVENTS, head.kept)
        made = stream.feed(data)
        if is_last:
            made += stream.finish()
        await self._put(made, is_last=stream.is_over)

    def _opened(self) -> Pushed:
        try:
            return self._enforced.pushed_response(self._host.target)
        except RefusedResponseError as error:
            raise refused(error) from None
        except RequestError:
            raise ProblemError(502, "unreadable", "this endpoint has no streams") from None

    async def _put(self, data: bytes, *, is_last: bool) -> None:
        if is_last:
            self._exchange.has_ended = True
            self.close()
        if data or is_last:
            await self._send({"type": _BODY, "body": data, "more_body": not is_last})

    async def _begins(self, head: _Head) -> None:
        exchange = self._exchange
        exchange.has_begun, exchange.status = True, head.status
        exchange.target = self._host.target
        if head.status == _DONE:
            await self._turned(self._host.target)


def _head(message: Message, more: Collection[bytes]) -> _Head:
    head = _Head(message["status"])
    for name, value in message.get("headers", ()):
        key = bytes(name).lower()
        if key == b"content-type":
            head.kind = bytes(value).decode("latin-1").strip().lower()
        elif key == b"content-encoding":
            head.is_encoded = head.is_encoded or bytes(value).strip().lower() != b"identity"
        elif key in _KEPT or key in more or key.startswith(_KEPT_FAMILY):
            head.kept.append((key, bytes(value)))
    return head


def _unreadable(head: _Head, code: str) -> ProblemError:
    """What an app says cannot be read; that it failed, and how, is told."""
    status = head.status if head.status >= 400 else 502
    return ProblemError(status, code, "the answer is not one of this API, and is not passed on")
