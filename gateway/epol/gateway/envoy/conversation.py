"""One HTTP request as Envoy tells it, turned into the ASGI of a server."""

from __future__ import annotations

import asyncio
from typing import Protocol

from epol.gateway.app import FIXED
from epol.gateway.asgi import GoneError, Message, Scope
from epol.gateway.envoy import messages
from epol.gateway.envoy.answering import Answering
from epol.gateway.envoy.messages import (
    BUFFERED,
    FULL_DUPLEX,
    REQUEST_BODY,
    REQUEST_HEADERS,
    RESPONSE_HEADERS,
    Came,
    Change,
    Fields,
    UnreadableMessageError,
)
from epol.gateway.problems import ProblemError
from epol.gateway.telling import unknown_endpoint
from epol.gateway.transport import TransportError

BAD_PROXY = "proxy-configuration"
"""The code of a problem that whoever configures the proxy must solve."""
_PROTO = b"x-forwarded-proto"
_PROTOS = (b"http", b"https")
"""Without it Envoy finds no route; Envoy sets it, and nothing else may be said in it."""


class Link(Protocol):
    """The stream on which Envoy asks about one request."""

    async def read(self) -> bytes | None:
        """The next message; None where Envoy sends no more."""
        ...

    async def write(self, *messages: bytes) -> None:
        """Answer."""
        ...


class OutOfOrderError(Exception):
    """Envoy sends what cannot come now, or cannot be read."""


class Head:
    """The head of a request."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        pseudo = {name: value.decode("latin-1") for name, value in fields if name[:1] == b":"}
        self.method = pseudo.get(b":method", "")
        self.path, asks, _ = pseudo.get(b":path", "").partition("?")
        self.has_query = bool(asks)

    @property
    def fields(self) -> Fields:
        """Those that are no pseudo-headers."""
        return [each for each in self._fields if each[0][:1] != b":"]

    @property
    def names(self) -> set[str]:
        """The names of fields that say what a caller likes."""
        return {
            name.decode("latin-1")
            for name, value in self.fields
            if name != _PROTO or value not in _PROTOS
        }

    def scope(self, fixed: str | None) -> Scope:
        """The request as ASGI has it."""
        return {
            "type": "http",
            "method": self.method,
            "path": self.path,
            "headers": self.fields,
            FIXED: fixed,
        }


class Conversation:
    """What is said about one request.  Its own methods are ASGI's, and that of a transport."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._head: Head | None = None
        self._has_body = False
        self._is_buffered = True
        self._has_read = False
        self._answering: Answering | None = None
        self._left = asyncio.Event()
        self.is_over = False
        """Whether the caller is answered, whole."""

    async def begin(self) -> Head:
        """Hear of a request.

        Raises `ProblemError` where Envoy would not let a processor see or change all of it,
        `GoneError`, `OutOfOrderError`.
        """
        came = await self.next(REQUEST_HEADERS)
        head = self._head = Head(came.fields)
        self._has_body = not came.is_last
        if b"upgrade" in dict(head.fields):
            raise unknown_endpoint()
        modes = came.modes
        if modes is None or modes.only_observes or modes.request != BUFFERED:
            raise _bad_mode("request_body_mode", BUFFERED)
        if modes.response not in (BUFFERED, FULL_DUPLEX):
            raise _bad_mode("response_body_mode", f"{BUFFERED} or {FULL_DUPLEX}")
        self._is_buffered = modes.response == BUFFERED
        return head

    async def next(self, kind: str | None = None) -> Came:
        """The next message, of a kind.  Raises `GoneError`, `OutOfOrderError`."""
        raw = await self._link.read()
        if raw is None:
            raise GoneError
        try:
            came = messages.read(raw)
        except UnreadableMessageError:
            raise OutOfOrderError from None
        if kind is not None and came.kind != kind:
            raise OutOfOrderError
        return came

    async def write(self, *said: bytes) -> None:
        """Answer Envoy."""
        await self._link.write(*said)

    async def receive(self) -> Message:
        """ASGI: the body, and then that the caller has gone."""
        if self._has_read:
            await self._left.wait()
            return {"type": "http.disconnect"}
        self._has_read = True
        if not self._has_body:
            return {"type": "http.request", "body": b""}
        await self.write(messages.goes_on(REQUEST_HEADERS))
        came = await self.next(REQUEST_BODY)
        if not came.is_last:
            raise ProblemError(400, "trailers", "a request ends with its body, without trailers")
        return {"type": "http.request", "body": came.body}

    def leave(self) -> None:
        """The caller has gone."""
        self._left.set()

    async def send(self, message: Message) -> None:
        """ASGI: the answer."""
        if self._answering is None:
            self._answering = Answering(self, None, is_buffered=True)
        await self._answering.send(message)
        self.is_over = self._answering.is_over

    async def post(self, headers: dict[str, str], body: bytes) -> Answering:
        """Let the request go on, with these fields and no others; the answer of the target.

        Raises `TransportError`, `GoneError`, `OutOfOrderError`.
        """
        assert self._head is not None, "a request goes on after it was read"
        sets = {**headers, "content-length": str(len(body))}
        if self._head.has_query:
            sets[":path"] = self._head.path
        change = Change(sets, sorted(self._head.names - sets.keys()))
        await self.write(messages.goes_on(REQUEST_BODY, change, body))
        self._answering = Answering(
            self, await self.next(RESPONSE_HEADERS), is_buffered=self._is_buffered
        )
        if self._answering.headers.get("content-encoding", "identity").lower() != "identity":
            raise TransportError("encoded")
        return self._answering

    async def drain(self) -> None:
        """Hear Envoy out, when all is said.  What it still tells of an answer goes nowhere.

        Where the target's answer was heard to its end, there is nothing more to come.
        """
        while self._answering is None or not self._answering.is_read:
            try:
                await self.next()
            except GoneError:
                return


def _bad_mode(name: str, wanted: str) -> ProblemError:
    return ProblemError(500, BAD_PROXY, f"the proxy's `{name}` is to be {wanted}, and it must wait")
