"""Requests to targets over HTTP: the only place that imports aiohttp."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from types import SimpleNamespace

import aiohttp

_CHUNK = 64 * 1024
_AGAIN = (aiohttp.ServerDisconnectedError, ConnectionResetError)
"""What a connection that was kept open too long looks like; nothing was answered on it."""


class TransportError(Exception):
    """A target could not be asked, or broke off.  `kind` says how; no text of either side."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Answer:
    """What a target answers, of which the head has come."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers
        """By name, in whatever case."""

    async def read(self, most: int) -> bytes:
        """The whole body.  Raises `TransportError`, also for one of more bytes than `most`."""
        parts: list[bytes] = []
        size = 0
        async for part in self.chunks():
            size += len(part)
            if size > most:
                raise TransportError("too-large")
            parts.append(part)
        return b"".join(parts)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes.  Raises `TransportError`."""
        try:
            async for part in self._response.content.iter_any():
                yield part
        except (aiohttp.ClientError, OSError) as error:
            raise TransportError(_kind(error)) from None

    def close(self) -> None:
        """Give the connection back if the answer was read to its end, else close it."""
        if self._response.content.at_eof():
            self._response.release()
        else:
            self._response.close()


class Transport:
    """Connections to targets, kept for the next request.  Belongs to one event loop."""

    asks_once = False

    def __init__(self, connect_seconds: float) -> None:
        """Call in the loop.  A connection takes no longer than `connect_seconds` to make."""
        # Tells whether a request went over a connection that was made for it.
        tracing = aiohttp.TraceConfig()
        tracing.on_connection_create_end.append(_made)
        self._session = aiohttp.ClientSession(
            trace_configs=[tracing],
            connector=aiohttp.TCPConnector(limit=0, limit_per_host=0, ttl_dns_cache=30),
            cookie_jar=aiohttp.DummyCookieJar(),
            # Nobody asked for packed answers, and a small one may be huge when it is unpacked.
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect_seconds),
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
            max_line_size=16 * 1024,
            max_field_size=32 * 1024,
        )

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a body; see `send`."""
        return await self.send("POST", url, headers, body)

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        again: bool = True,
    ) -> Answer:
        """Send a request; the answer, once its head has come.  Raises `TransportError`.

        One that a kept connection did not take is sent once more, if it may come twice
        (`again`).  A redirection is an answer like others: it is not followed.
        """
        made: list[bool] = []
        try:
            return await self._send(method, url, headers, body, made)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            if made or not again or not isinstance(error, _AGAIN):
                raise TransportError(_kind(error)) from None
        return await self.send(method, url, headers, body, again=False)

    async def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        made: list[bool],
    ) -> Answer:
        response = await self._session.request(
            method, url, data=body, headers=headers, allow_redirects=False, trace_request_ctx=made
        )
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            response.close()
            raise TransportError("encoded")
        return Answer(response)

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()


async def _made(
    _session: aiohttp.ClientSession,
    context: SimpleNamespace,
    _params: aiohttp.TraceConnectionCreateEndParams,
) -> None:
    context.trace_request_ctx.append(True)


def _kind(error: Exception) -> str:
    """A word for what went wrong; the error's own words may hold addresses or more."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return "tls"
    if isinstance(error, asyncio.TimeoutError):
        return "timeout"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "unreachable"
    if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ClientOSError | OSError):
        return "broken-off"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "broken-off"
    return "no-http"
