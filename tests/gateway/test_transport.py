"""Requests to targets: which connection they go over, and how often."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from epol.gateway.transport import Transport, TransportError
from tests.gateway.running import in_loop

BODY = b'{"a": 1}'
LENGTH = b"HTTP/1.1 200 OK\r\nX-A: b\r\ncontent-length: 8\r\n\r\n" + BODY
CHUNKS = (
    b"HTTP/1.1 200 OK\r\nX-A: b\r\ntransfer-encoding: chunked\r\n\r\n"
    b'5;x=y\r\n{"a":\r\n3\r\n 1}\r\n0\r\nX-A: trailer\r\n\r\n'
)
Says = Callable[[asyncio.StreamWriter, int], Awaitable[None]]


@dataclass
class Server:
    """A server that says what it is told to, and counts."""

    says: Says
    heads: list[bytes] = field(default_factory=list[bytes])
    connections: int = 0
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                if b"content-length: 2" in self.heads[-1].lower():
                    await reader.readexactly(2)
                await self.says(writer, self.connections)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


@asynccontextmanager
async def serving(says: Says) -> AsyncGenerator[tuple[Server, Transport]]:
    server = Server(says)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    transport = Transport(30)
    try:
        yield server, transport
    finally:
        await transport.close()
        listening.close()


def always(answer: bytes) -> Says:
    async def says(writer: asyncio.StreamWriter, _number: int) -> None:
        writer.write(answer)

    return says


async def read(transport: Transport, url: str) -> bytes:
    answer = await transport.post(url, {"x-b": "c"}, b"{}")
    try:
        return await answer.read(1000)
    finally:
        answer.close()


@in_loop
async def test_a_connection_is_used_again_where_it_can_be() -> None:
    for answer, connections in (
        (LENGTH, 1),
        (CHUNKS, 1),
        (LENGTH.replace(b"X-A", b"connection: close\r\nX-A"), 3),
        (LENGTH.replace(b"HTTP/1.1", b"HTTP/1.0"), 3),
        (LENGTH + LENGTH, 3),
    ):
        async with serving(always(answer)) as (server, transport):
            assert [await read(transport, server.url) for _ in range(3)] == [BODY] * 3
            assert server.connections == connections
            [head] = set(server.heads)
            assert head.startswith(b"POST /v1 HTTP/1.1\r\n")
            assert {field.partition(b":")[0].lower() for field in head.split(b"\r\n")[1:-2]} == {
                b"host",
                b"x-b",
                b"content-length",
                b"content-type",
            }


@in_loop
async def test_what_a_kept_connection_does_not_take_is_sent_once_more() -> None:
    async def ends(writer: asyncio.StreamWriter, number: int) -> None:
        # Each connection answers once, and takes what is asked next without a word.
        if server.heads.count(server.heads[0]) in asked:
            writer.close()
        else:
            writer.write(LENGTH)

    asked = {2}
    async with serving(ends) as (server, transport):
        assert [await read(transport, server.url) for _ in range(2)] == [BODY] * 2
        assert (len(server.heads), server.connections) == (3, 2)
        asked = {4}
        with pytest.raises(TransportError, match="broken-off"):
            await transport.send("POST", server.url, {"x-b": "c"}, b"{}", again=False)
        asked = {5}
        with pytest.raises(TransportError, match="broken-off"):
            await read(transport, server.url)
        assert len(server.heads) == 5, "a connection that is new is not asked twice"


@in_loop
async def test_an_answer_that_is_not_wanted_harms_no_other() -> None:
    async with serving(always(LENGTH)) as (server, transport):
        (await transport.post(server.url, {}, b"{}")).close()
        answer = await transport.post(server.url, {}, b"{}")
        with pytest.raises(TransportError, match="too-large"):
            await answer.read(7)
        answer.close()
        assert await read(transport, server.url) == BODY


@in_loop
async def test_addresses_and_fields_that_are_none_are_not_sent() -> None:
    async with serving(always(LENGTH)) as (server, transport):
        for header in ({"x": "a\r\ny: b"}, {"x": "a\n"}, {"x\r": "a"}):
            with pytest.raises(TransportError, match="no-http"):
                await transport.post(server.url, header, b"{}")
        await transport.post(f"{server.url}/a b?c=ä d", {}, b"{}")
        assert server.heads[-1].startswith(b"POST /v1/a%20b?c=%C3%A4+d HTTP/1.1\r\n")
        assert len(server.heads) == 1
        for url in ("ftp://a/", "http://[::1/", "http://a:99999/", "http://no.invalid/"):
            with pytest.raises(TransportError, match=r"unreachable|no-http"):
                await transport.post(url, {}, b"{}")


@in_loop
async def test_one_address_that_takes_nothing_does_not_stand_for_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()

    async def found(*_args: object, **_more: object) -> list[tuple[object, ...]]:
        return [
            (socket.AF_INET, 0, 0, "", (address, server.port))
            for address in ("127.0.0.2", "127.0.0.1")
        ]

    async with serving(always(LENGTH)) as (server, transport):
        monkeypatch.setattr(loop, "getaddrinfo", found)
        assert await read(transport, f"http://a.example:{server.port}/") == BODY
        assert f"host: a.example:{server.port}\r\n".encode() in server.heads[0].lower()
