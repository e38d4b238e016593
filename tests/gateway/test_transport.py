"""Connections to targets: whole answers from whatever pieces, and what ends a connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.gateway.connection import MOST_AROUND, Connection
from epol.gateway.transport import Transport, TransportError
from tests.gateway.running import in_loop

BODY = b'{"a": 1}'
LENGTH = b"HTTP/1.1 200 OK\r\nX-A: b\r\ncontent-length: 8\r\n\r\n" + BODY
CHUNKS = (
    b"HTTP/1.1 200 OK\r\nX-A: b\r\ntransfer-encoding: chunked\r\n\r\n"
    b'5;x=y\r\n{"a":\r\n3\r\n 1}\r\n0\r\nX-A: trailer\r\n\r\n'
)
WAITS = b"HTTP/1.1 100 Continue\r\nx-a: no\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n"
TO_THE_END = b"HTTP/1.0 200 OK\r\nx-a: b\r\n\r\n" + BODY
ANSWERS = (LENGTH, CHUNKS, WAITS + LENGTH, WAITS + CHUNKS, TO_THE_END)


class Wire(asyncio.Transport):
    """The other end of a connection, without a network."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection, self._is_over = connection, False
        connection.connection_made(self)

    def write(self, data: object) -> None:
        """Nobody reads it."""

    def is_closing(self) -> bool:
        return self._is_over

    def abort(self) -> None:
        self.end()

    def pause_reading(self) -> None:
        """What comes, comes."""

    def resume_reading(self) -> None:
        """It has not stopped."""

    def put(self, data: bytes) -> None:
        if not self._is_over:
            self._connection.data_received(data)

    def end(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._connection.connection_lost(None)


def pieces(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    """Some data, cut at some places."""
    ends = sorted({0, len(data), *(each % len(data) for each in cuts)})
    return (data[low:high] for low, high in pairwise(ends))


@dataclass
class Heard:
    """What a connection makes of an answer."""

    status: int
    headers: dict[str, str]
    body: bytes
    is_reusable: bool


async def heard(*parts: bytes) -> Heard:
    """What becomes of an answer in parts, behind which the other side ends the connection."""
    connection = Connection()
    wire = Wire(connection)
    asking = asyncio.create_task(connection.ask(b"x"))
    await asyncio.sleep(0)
    for part in parts:
        wire.put(part)
    is_reusable = False
    body = bytearray()
    if connection.is_over:
        await asking
        body += await connection.take()
        is_reusable = connection.is_reusable
    wire.end()
    await asking
    while part := await connection.take():
        body += part
    return Heard(connection.status, connection.headers, bytes(body), is_reusable)


@given(st.sampled_from(ANSWERS), st.lists(st.integers(0, 500), max_size=6))
def test_an_answer_is_the_same_however_it_is_cut(answer: bytes, cuts: list[int]) -> None:
    found = asyncio.run(heard(*pieces(answer, cuts)))
    assert (found.status, found.headers["x-a"], found.body) == (200, "b", BODY)
    assert found.is_reusable == (answer is not TO_THE_END)


@given(st.sampled_from(ANSWERS[:-1]), st.integers(1, 500), st.binary(max_size=40))
def test_what_is_cut_off_or_torn_is_no_answer(answer: bytes, end: int, torn: bytes) -> None:
    end %= len(answer)
    with pytest.raises(TransportError, match="broken-off"):
        asyncio.run(heard(answer[:end]))
    # It may be put together again by chance, or be whole with something behind it.
    with suppress(TransportError):
        assert asyncio.run(heard(answer[:end] + torn)).status


@pytest.mark.parametrize(
    "behind", [LENGTH, b"HTTP/1.1 200 OK\r\n", b"\x00", b"x", b"GET / HTTP/1.1\r\n\r\n"]
)
@pytest.mark.parametrize("apart", [True, False])
@in_loop
async def test_what_nobody_asked_for_is_nobodys_answer(behind: bytes, *, apart: bool) -> None:
    for answer in ANSWERS[:-1]:
        found = await heard(*([answer, behind] if apart else [answer + behind]))
        assert found.body == BODY
        assert not found.is_reusable


FLOODS = (
    b"HTTP/1.1 200 OK\r\nx: " + b"y" * 1000,
    b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200,
    b"HTTP/1.1 100 Continue\r\n\r\n" * 40,
    CHUNKS.partition(b"5;x=y")[0] + b"5;" + b"x" * 1000,
    CHUNKS.partition(b"X-A: t")[0] + b"X-A: " + b"t" * 1000,
)


@pytest.mark.parametrize("flood", FLOODS)
@in_loop
async def test_what_is_no_body_has_an_end(flood: bytes) -> None:
    connection = Connection()
    wire = Wire(connection)
    asking = asyncio.create_task(connection.ask(b"x"))
    await asyncio.sleep(0)
    wire.put(flood)
    put = len(flood)
    while not wire.is_closing():
        wire.put(flood[-1000:])
        put += 1000
    assert put <= MOST_AROUND + 3000
    with pytest.raises(TransportError, match="no-http"):
        await _all(asking, connection)


async def _all(asking: asyncio.Task[None], connection: Connection) -> None:
    await asking
    while await connection.take():
        pass


@in_loop
async def test_a_connection_does_not_lead_elsewhere() -> None:
    switches = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"
    for head in (switches, b"HTTP/1.1 101 X\r\n\r\n", b"SSH-2.0\r\n"):
        with pytest.raises(TransportError, match="no-http"):
            await heard(head + LENGTH)


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
                if b"content-length: 2" in self.heads[-1]:
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
            said = f"POST /v1 HTTP/1.1\r\nhost: 127.0.0.1:{server.port}\r\nx-b: c\r\n"
            assert set(server.heads) == {f"{said}content-length: 2\r\n\r\n".encode()}


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
async def test_an_answer_that_is_not_wanted_ends_its_connection() -> None:
    async with serving(always(LENGTH)) as (server, transport):
        (await transport.post(server.url, {}, b"{}")).close()
        answer = await transport.post(server.url, {}, b"{}")
        with pytest.raises(TransportError, match="too-large"):
            await answer.read(7)
        answer.close()
        assert await read(transport, server.url) == BODY
        assert server.connections >= 2


@in_loop
async def test_addresses_and_fields_that_are_none_are_not_sent() -> None:
    async with serving(always(LENGTH)) as (server, transport):
        for header in ({"x": "a\r\ny: b"}, {"x": "a\n"}, {"x\r": "a"}, {"x": "Ω"}):
            with pytest.raises(TransportError, match="no-http"):
                await transport.post(server.url, header, b"{}")
        await transport.post(f"{server.url}/a b?c=ä d", {}, b"{}")
        assert server.heads[-1].startswith(b"POST /v1/a%20b?c=%C3%A4%20d HTTP/1.1\r\n")
        assert len(server.heads) == 1
        for url in ("ftp://a/", "http://[::1/", "http://a:99999/", "http://no.invalid/"):
            with pytest.raises(TransportError, match="unreachable"):
                await transport.post(url, {}, b"{}")


@in_loop
async def test_one_address_that_takes_nothing_does_not_stand_for_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()

    async def found(*_args: object, **_more: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", (address, 0)) for address in ("127.0.0.2", "127.0.0.1")]

    async with serving(always(LENGTH)) as (server, transport):
        monkeypatch.setattr(loop, "getaddrinfo", found)
        assert await read(transport, f"http://a.example:{server.port}/") == BODY
        assert f"host: a.example:{server.port}\r\n".encode() in server.heads[0]
