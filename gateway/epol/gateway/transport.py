"""Requests to targets over HTTP/1.1: connections that are made, kept and given back."""

from __future__ import annotations

import asyncio
import functools
import socket
import ssl
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Mapping
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from epol.gateway.connection import Connection, NotTakenError, TransportError

__all__ = ["Answer", "Transport", "TransportError"]

_KEPT_SECONDS = 15.0
"""How long a connection is kept that nobody uses."""
_OF_PATHS = "/%:@!$&'()*+,;=~"
_PORTS = {"http": 80, "https": 443}


class _Place(NamedTuple):
    """Where requests go: a host by its name, in ASCII, and how."""

    name: str
    port: int
    is_tls: bool


class Answer:
    """What a target answers, of which the head has come."""

    def __init__(self, connection: Connection, transport: Transport, place: _Place) -> None:
        self._connection, self._transport, self._place = connection, transport, place
        self.status = connection.status
        self.headers: Mapping[str, str] = connection.headers
        """By name in lower case."""
        self._is_closed = False

    async def read(self, most: int) -> bytes:
        """The whole body.  Raises `TransportError`, also for one of more bytes than `most`."""
        parts: list[bytes] = []
        size = 0
        while part := await self._connection.take():
            size += len(part)
            if size > most:
                raise TransportError("too-large")
            parts.append(part)
        return b"".join(parts)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes.  Raises `TransportError`."""
        while part := await self._connection.take():
            yield part

    def close(self) -> None:
        """Give the connection back if the answer was read to its end, else close it."""
        if not self._is_closed:
            self._is_closed = True
            self._transport.give_back(self._connection, self._place)


class Transport:
    """Connections to targets, kept for the next request.  Belongs to one event loop."""

    asks_once = False

    def __init__(self, connect_seconds: float) -> None:
        """Call in the loop.  A connection takes no longer than `connect_seconds` to make."""
        self._seconds = connect_seconds
        # Certificates are checked, by the authorities of the machine or of `SSL_CERT_FILE`.
        self._tls = ssl.create_default_context()
        self._tls.set_alpn_protocols(["http/1.1"])
        self._idle: defaultdict[_Place, deque[Connection]] = defaultdict(deque)
        self._open: set[Connection] = set()
        self._sweeping: asyncio.TimerHandle | None = None

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
        place, target, host = _address(url)
        request = _request(f"{method} {target} HTTP/1.1\r\nhost: {host}\r\n", headers, body)
        kept = self._kept(place)
        if kept is not None:
            try:
                return await self._asked(kept, place, request)
            except NotTakenError:
                if not again:
                    raise
        return await self._asked(await self._connected(place), place, request)

    async def close(self) -> None:
        """Close every connection."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        left = list(self._open)
        for each in left:
            each.close()
        await asyncio.gather(*(each.lost for each in left))

    def give_back(self, connection: Connection, place: _Place) -> None:
        """Keep a connection for the next request if it can be used again, else close it."""
        if not connection.is_reusable:
            connection.close()
            return
        connection.idle_since = time.monotonic()
        self._idle[place].append(connection)
        if self._sweeping is None:
            self._sweep_later()

    async def _asked(self, connection: Connection, place: _Place, request: bytes) -> Answer:
        try:
            await connection.ask(request)
            _check_plain(connection.headers)
        except BaseException:
            connection.close()
            raise
        return Answer(connection, self, place)

    def _kept(self, place: _Place) -> Connection | None:
        idle = self._idle[place]
        while idle:
            found = idle.pop()
            if found.is_reusable:
                return found
            found.close()
        return None

    async def _connected(self, place: _Place) -> Connection:
        try:
            async with asyncio.timeout(self._seconds):
                made = await self._connect(place)
        except TimeoutError:
            raise TransportError("timeout") from None
        except ssl.SSLError:
            raise TransportError("tls") from None
        except (OSError, ValueError):
            raise TransportError("unreachable") from None
        self._open.add(made)
        made.lost.add_done_callback(lambda _: self._open.discard(made))
        return made

    async def _connect(self, place: _Place) -> Connection:
        """A connection to the first address that takes one, each in its share of the time."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._seconds
        found = await loop.getaddrinfo(place.name, place.port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        while True:
            address, *addresses = addresses
            try:
                async with asyncio.timeout((until - loop.time()) / (len(addresses) + 1)):
                    _, made = await loop.create_connection(
                        Connection,
                        address,
                        place.port,
                        ssl=self._tls if place.is_tls else None,
                        server_hostname=place.name if place.is_tls else None,
                    )
                return made
            except OSError:  # a timeout is one
                if not addresses:
                    raise

    def _sweep_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._sweeping = loop.call_later(_KEPT_SECONDS, self._sweep)

    def _sweep(self) -> None:
        """Close what nobody has used for long; the longest unused are first."""
        self._sweeping = None
        before = time.monotonic() - _KEPT_SECONDS
        for idle in self._idle.values():
            while idle and idle[0].idle_since <= before:
                idle.popleft().close()
        if any(self._idle.values()):
            self._sweep_later()


@functools.lru_cache(maxsize=1024)
def _address(url: str) -> tuple[_Place, str, str]:
    """Where a URL is, and what is asked for there.  Raises `TransportError`."""
    try:
        parts = urlsplit(url)
        name, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        name = name if name.isascii() else name.encode("idna").decode("ascii")
    except (ValueError, KeyError):
        raise TransportError("unreachable") from None
    host = f"[{name}]" if ":" in name else name
    if port != _PORTS[parts.scheme]:
        host = f"{host}:{port}"
    target = quote(parts.path or "/", safe=_OF_PATHS)
    if parts.query:
        target += f"?{quote(parts.query, safe=f'{_OF_PATHS}?')}"
    return _Place(name, port, parts.scheme == "https"), target, host


def _request(head: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    """A request.  Raises `TransportError` for a field that is none, or two."""
    fields = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    if fields.count("\n") != len(headers) or fields.count("\r") != len(headers):
        raise TransportError("no-http")
    try:
        if body is None:
            return f"{head}{fields}\r\n".encode("latin-1")
        return f"{head}{fields}content-length: {len(body)}\r\n\r\n".encode("latin-1") + body
    except UnicodeEncodeError:
        raise TransportError("no-http") from None


def _check_plain(headers: Mapping[str, str]) -> None:
    """Raise `TransportError` for an answer that is packed.

    Nobody asked for that, and a small one may be huge when it is unpacked.
    """
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise TransportError("encoded")
