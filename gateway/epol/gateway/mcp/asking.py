"""Asking a server of MCP over HTTP."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Mapping

from epol.engine.streams.sse import Splitter
from epol.gateway.mcp.sessions import SESSION_ID
from epol.gateway.transport import Answer, Transport, TransportError

_log = logging.getLogger("epol.gateway")
EVENTS, JSON = "text/event-stream", "application/json"
_VERSION = "mcp-protocol-version"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class McpServer:
    """A server at an address.  Belongs to one event loop."""

    def __init__(self, url: str, key: str | None) -> None:
        """A `key` is sent as `Authorization: Bearer`."""
        self._url, self._key = url, key
        self._transport: Transport | None = None

    def open(self, connect_seconds: float) -> None:
        """Call in the loop."""
        self._transport = Transport(connect_seconds)

    async def close(self) -> None:
        """Close every connection."""
        if self._transport is not None:
            await self._transport.close()

    async def ask(
        self, method: str, session: str | None, given: Mapping[str, str], body: bytes | None
    ) -> Answer | None:
        """The server's answer in a session of its own; None where there is none.

        Of the headers that a client has `given`, only the protocol's version goes on.
        """
        assert self._transport is not None, "it is opened before it is asked"
        headers = self._headers(session, given.get(_VERSION, ""))
        if body is not None:
            headers["content-type"] = JSON
        try:
            # What a tool does, it is to do once.
            return await self._transport.send(method, self._url, headers, body, again=False)
        except TransportError as error:
            _log.info("mcp: the server does not answer: %s", error.kind)
            return None

    def _headers(self, session: str | None, version: str) -> dict[str, str]:
        headers = {
            "accept": f"{JSON}, {EVENTS}",
            "accept-encoding": "identity",
            "user-agent": "epol",
        }
        if self._key is not None:
            headers["authorization"] = f"Bearer {self._key}"
        if _DATE.fullmatch(version):
            headers[_VERSION] = version
        if session is not None:
            headers[SESSION_ID] = session
        return headers


async def data_of(answer: Answer, most: int) -> AsyncIterator[bytes]:
    """The data of the events of a stream.  Raises `TransportError`, `StreamError`."""
    splitter = Splitter(most)
    async for chunk in answer.chunks():
        for event in splitter.feed(chunk):
            if event.data:
                yield event.data.encode()


def kind_of(answer: Answer) -> str:
    """The media type of an answer, without its parameters."""
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower()
