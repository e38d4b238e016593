"""One probe of an endpoint: is it there, and how long does a round trip take?"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Callable

from epol.engine.signals.endpoints import Endpoint

_MOST_LINE = 4096
_AGENT = "epol-probe"


class Prober:
    """Probes endpoints from an event loop.  It sends nothing of any request, and no key.

    Certificates are verified as `tls` says, by default with those that the system trusts.
    `clock` gives seconds that never go back.
    """

    def __init__(
        self, tls: ssl.SSLContext | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tls = tls
        self._clock = clock

    async def probe(self, endpoint: Endpoint, patience: float) -> float | None:
        """Seconds of the last step; None where there was no answer within `patience` seconds.

        Names are resolved first; that counts for the patience and not for the round trip.
        """
        try:
            async with asyncio.timeout(patience):
                return await self._probe(endpoint, patience)
        except (OSError, EOFError, ValueError):
            # ValueError: a name that cannot be one, a line without an end.
            return None

    async def _probe(self, endpoint: Endpoint, patience: float) -> float:
        connection, seconds = await self._connected(endpoint, patience)
        if endpoint.how == "connect":
            connection.close()
            return seconds
        began = self._clock()
        context = self._context() if endpoint.is_tls else None
        try:
            reader, writer = await asyncio.open_connection(
                sock=connection,
                ssl=context,
                server_hostname=endpoint.host if context else None,
                limit=_MOST_LINE,
            )
        except BaseException:
            connection.close()
            raise
        try:
            if endpoint.how == "head":
                began = self._clock()
                await _head(endpoint, reader, writer)
            return self._clock() - began
        finally:
            # To say goodbye would take a round trip more.
            writer.transport.abort()

    async def _connected(self, endpoint: Endpoint, patience: float) -> tuple[socket.socket, float]:
        """A connection to the first address that takes one, and how long that took."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
        last: OSError = OSError("the name has no address")
        for family, kind, protocol, _, address in found:
            connection = socket.socket(family, kind, protocol)
            connection.setblocking(False)
            began = self._clock()
            try:
                # An address that swallows everything leaves time for the others.
                async with asyncio.timeout(patience / len(found)):
                    await loop.sock_connect(connection, address)
            except OSError as error:
                connection.close()
                last = error
            except BaseException:
                connection.close()
                raise
            else:
                return connection, self._clock() - began
        raise last

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls


async def _head(
    endpoint: Endpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Ask for the head of a page.  Any status is an answer: the probe has no key to get in."""
    host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
    lines = (
        f"HEAD {endpoint.path} HTTP/1.1",
        f"Host: {host}:{endpoint.port}",
        f"User-Agent: {_AGENT}",
        "Connection: close",
    )
    writer.write("".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii"))
    answer = await reader.readline()
    if not answer.startswith(b"HTTP/") or not answer.endswith(b"\n"):
        raise ConnectionError("the answer is no HTTP")
