"""A server of MCP at an address, and clients that come by HTTP (streamable HTTP).

<https://modelcontextprotocol.io/specification/2025-11-25/basic/transports>
"""

from __future__ import annotations

import logging
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from epol.engine.errors import StreamError
from epol.gateway.asgi import (
    GoneError,
    Receive,
    Scope,
    Send,
    begin,
    headers_of,
    read_body,
    respond,
    unless_gone,
)
from epol.gateway.callers import Who
from epol.gateway.host import Host
from epol.gateway.mcp.asking import EVENTS, McpServer, data_of, kind_of
from epol.gateway.mcp.messages import INTERNAL_ERROR, REFUSED, failure, is_answer
from epol.gateway.mcp.relay import Relay
from epol.gateway.mcp.sessions import SESSION_ID, Session, Sessions
from epol.gateway.mcp.treating import Treating
from epol.gateway.problems import ProblemError
from epol.gateway.transport import Answer, TransportError
from epol.gateway.upstreams import is_near

_log = logging.getLogger("epol.gateway")
PATH = "/mcp"
_METHODS = ("POST", "GET", "DELETE")
_NO_SESSION, _ACCEPTED = 404, 202


@dataclass
class _Asked:
    """One request over HTTP, and how it is answered."""

    headers: Mapping[str, str]
    session: Session
    send: Send
    is_over: bool = False
    has_begun: bool = False

    @property
    def own(self) -> dict[str, str]:
        """The header that names the session, where there is one."""
        is_kept = self.session.upstream is not None
        return {SESSION_ID: self.session.name} if is_kept else {}

    async def told(self, status: int, body: bytes = b"") -> None:
        """Answer with a whole message, or with none."""
        self.is_over = True
        await respond(self.send, status, body, self.own)

    def is_told(self) -> bool:
        """Whether the answer is complete."""
        return self.is_over


class McpGateway:
    """Answers clients of MCP for one server.  Belongs to one event loop."""

    def __init__(self, host: Host, target: str, url: str, key: str | None) -> None:
        """`url` is the server's address; a `key` is sent as `Authorization: Bearer`."""
        self._host, self._target = host, target
        self._server = McpServer(url, key)
        self._sessions = Sessions()
        self.is_ready = False

    @property
    def _limits(self) -> int:
        return self._host.settings.limits.answer

    async def start(self) -> None:
        """Open what needs the loop."""
        self._server.open(self._host.settings.times.connect)
        self._host.start()
        self.is_ready = True

    async def stop(self) -> None:
        """Close it."""
        self.is_ready = False
        self._host.stop()
        await self._server.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI: one HTTP request."""
        if scope["type"] != "http":
            return
        try:
            await self._answer(scope, receive, send)
        except GoneError:
            return
        except ProblemError as problem:
            await _tell(send, problem)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != PATH or scope["method"] not in _METHODS:
            raise ProblemError(404, "unknown-endpoint", f"clients of MCP come to {PATH}")
        headers = headers_of(scope, [*self._host.shared.policies.facts.headers, SESSION_ID])
        _check_origin(headers)
        who = self._host.shared.callers.who(headers)
        body = await read_body(headers, receive, self._host.settings.limits)
        session = self._sessions.of(headers, who) or self._new(headers, who)
        asked = _Asked(headers, session, send)
        work = self._posted(asked, body) if scope["method"] == "POST" else self._other(asked, scope)
        await unless_gone(receive, _safely(asked, work), asked.is_told)

    def _new(self, headers: Mapping[str, str], who: Who) -> Session:
        name = self._sessions.name()
        treating = Treating(self._host, self._target, who, headers, f"mcp/{name}")
        return Session(Relay(treating), who, name)

    async def _posted(self, asked: _Asked, body: bytes) -> None:
        """A message of the client."""
        relay = asked.session.relay
        async with asked.session.one_by_one:
            passed = await relay.from_client(body)
        if passed.back is not None:
            await asked.told(200 if passed.is_about_request else 400, passed.back)
            return
        if passed.on is None:
            await asked.told(_ACCEPTED)
            return
        try:
            await self._sent_on(asked, passed.on, passed.number)
            if asked.is_over:
                return
            if passed.number is None:
                raise ProblemError(502, "no-answer", "the server does not take the message")
            await asked.told(200, await _unanswered(relay, passed.number))
        finally:
            # Nobody waits for it any more, also where the client has gone.
            relay.forget(passed.number)

    async def _sent_on(self, asked: _Asked, body: bytes, number: int | None) -> None:
        """Send a message to the server, and answer with what it says, if it says something."""
        answer = await self._server.ask("POST", asked.session.upstream, asked.headers, body)
        if answer is None:
            return
        try:
            if answer.status == _NO_SESSION:
                self._sessions.forget(asked.session)
                raise ProblemError(404, "unknown-session", "the server has ended the session")
            if answer.status < 300:
                await self._passed(asked, answer, number)
        except TransportError as error:
            _log.info("mcp: the server breaks off: %s", error.kind)
        finally:
            answer.close()

    async def _other(self, asked: _Asked, scope: Scope) -> None:
        """The client wants to hear what the server says of itself, or ends the session."""
        answer = await self._server.ask(
            scope["method"], asked.session.upstream, asked.headers, None
        )
        if answer is None:
            raise ProblemError(502, "no-answer", "the server does not answer")
        try:
            if scope["method"] == "DELETE":
                self._sessions.forget(asked.session)
                await asked.told(answer.status if answer.status < 500 else 502)
            elif answer.status == 200 and kind_of(answer) == EVENTS:
                await self._streamed(asked, answer)
            else:
                await asked.told(answer.status if 400 <= answer.status < 500 else 502)
        finally:
            answer.close()

    async def _passed(self, asked: _Asked, answer: Answer, number: int | None) -> None:
        """What the server answers to a message: another one, several, or none."""
        named = answer.headers.get(SESSION_ID)
        if named is not None and asked.session.upstream is None:
            asked.session.upstream = named
            self._sessions.keep(asked.session)
        if kind_of(answer) == EVENTS:
            await self._streamed(asked, answer, number)
            return
        raw = await answer.read(self._limits)
        if answer.status == _ACCEPTED and not raw:
            await asked.told(_ACCEPTED)
            return
        made = await self._from_server(asked, raw) if is_answer(raw) else None
        if made is not None:
            await asked.told(200, made)

    async def _streamed(self, asked: _Asked, answer: Answer, number: int | None = None) -> None:
        """Messages of the server as they come; at the end, that of a request is there."""
        headers = {**asked.own, "cache-control": "no-store"}
        asked.has_begun = True
        await begin(asked.send, 200, headers, EVENTS)
        try:
            async for data in data_of(answer, self._limits):
                made = await self._from_server(asked, data)
                if made is not None:
                    await _event(asked, made)
        except (TransportError, StreamError) as error:
            _log.info("mcp: a stream of the server ends: %s", type(error).__name__)
        if number is not None and asked.session.relay.waits_for(number):
            await _event(asked, await _unanswered(asked.session.relay, number))
        asked.is_over = True
        await asked.send({"type": "http.response.body", "body": b""})

    async def _from_server(self, asked: _Asked, raw: bytes) -> bytes | None:
        passed = await asked.session.relay.from_server(raw)
        if passed.back is not None:
            # The server has asked what it may not: it is told so.
            answer = await self._server.ask(
                "POST", asked.session.upstream, asked.headers, passed.back
            )
            if answer is not None:
                answer.close()
        return passed.on


async def _safely(asked: _Asked, work: Coroutine[Any, Any, None]) -> None:
    """Some work that answers; where it fails, that is the answer."""
    try:
        await work
    except ProblemError as problem:
        asked.is_over = True
        await _tell(asked.send, problem)
    except Exception as error:  # noqa: BLE001 (an error's words may be a message's)
        asked.is_over = True
        _log.error("mcp: a request failed inside: %s", type(error).__name__)
        if not asked.has_begun:
            await _tell(asked.send, ProblemError(500, "internal-error", "the gateway failed"))


async def _event(asked: _Asked, message: bytes) -> None:
    event = b"event: message\ndata: " + message + b"\n\n"
    await asked.send({"type": "http.response.body", "body": event, "more_body": True})


async def _unanswered(relay: Relay, number: int) -> bytes:
    """What a client is told of a request that the server does not answer."""
    said = failure(number, INTERNAL_ERROR, "the server does not answer")
    return (await relay.from_server(said)).on or b""


async def _tell(send: Send, problem: ProblemError) -> None:
    body = failure(None, REFUSED, problem.message, {"code": problem.code})
    await respond(send, problem.status, body, problem.headers)


def _check_origin(headers: Mapping[str, str]) -> None:
    """A page of the web may not speak with a server of this machine by its name."""
    origin = headers.get("origin")
    if origin is None:
        return
    try:
        host = urlsplit(origin).hostname
    except ValueError:
        host = None
    if host is None or not is_near(host):
        raise ProblemError(403, "origin", "pages of other hosts may not speak here")
