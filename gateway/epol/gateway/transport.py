"""Requests to targets over HTTP: the only place that imports aiohttp."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping

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
        self._session = aiohttp.ClientSession(
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
        try:
            return await self._send(method, url, headers, body)
        except _AGAIN as error:
            if not again:
                raise TransportError(_kind(error)) from None
            return await self._again(method, url, headers, body)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise TransportError(_kind(error)) from None

    async def _again(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        try:
            return await self._send(method, url, headers, body)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise TransportError(_kind(error)) from None

    async def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        response = await self._session.request(
            method, url, data=body, headers=headers, allow_redirects=False
        )
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            response.close()
            raise TransportError("encoded")
        return Answer(response)

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()


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
