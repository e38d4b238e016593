"""A target on a real socket: it records what it gets, and does what a test tells it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Got:
    """A request as it came: its path, headers in lower case, and body."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 (tests know what is in it)
        """Its body as JSON values."""
        return json.loads(self.body)


Writer = asyncio.StreamWriter
Behaviour = Callable[[Got, Writer], Awaitable[None]]


def chat_answer(text: str) -> bytes:
    """A chat completion that says a text."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    return json.dumps(
        {"id": "c1", "object": "chat.completion", "model": "m", "choices": [choice], "usage": usage}
    ).encode()


def write(writer: Writer, status: int, body: bytes, *headers: str) -> None:
    """An answer of a known length."""
    lines = [f"HTTP/1.1 {status} X", "content-type: application/json", *headers]
    lines.append(f"content-length: {len(body)}")
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def begin_stream(writer: Writer) -> None:
    """The head of a stream."""
    writer.write(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    )


def put(writer: Writer, data: bytes) -> None:
    """A chunk of a stream."""
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")


async def echo(got: Got, writer: Writer) -> None:
    """Say what the last message said."""
    write(writer, 200, chat_answer(got.json["messages"][-1]["content"]))


def fails(status: int, body: bytes = b'{"error":{"message":"no"}}', *headers: str) -> Behaviour:
    """Answer with an error."""

    async def behave(got: Got, writer: Writer) -> None:
        write(writer, status, body, *headers)

    return behave


async def hangs(got: Got, writer: Writer) -> None:
    """Never answer."""
    await asyncio.sleep(3600)


async def breaks_off(got: Got, writer: Writer) -> None:
    """Close the connection within an answer."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{")
    await writer.drain()
    writer.close()


@dataclass
class FakeTarget:
    """What a target got, and what it does with the next."""

    behaviour: Behaviour = echo
    got: list[Got] = field(default_factory=list[Got])
    port: int = 0
    dropped: int = 0
    """How many connections were closed on it before it had answered."""
    _busy: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    _open: set[Writer] = field(default_factory=set[Writer])

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}/v1"

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        """One connection."""
        self._open.add(writer)
        try:
            while (got := await _read(reader)) is not None:
                self.got.append(got)
                await self._behave(got, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    def drop(self) -> None:
        """Close every connection."""
        for writer in self._open:
            writer.close()

    async def _behave(self, got: Got, reader: asyncio.StreamReader, writer: Writer) -> None:
        """Answer, and notice when nobody wants it any more."""
        work = asyncio.create_task(_drained(self.behaviour(got, writer), writer))
        while not work.done():
            await asyncio.wait({work}, timeout=0.01)
            if not work.done() and reader.at_eof():
                self.dropped += 1
                work.cancel()
                raise ConnectionError
        try:
            await work
        except ConnectionError:
            self.dropped += 1
            raise


async def _drained(work: Awaitable[None], writer: Writer) -> None:
    await work
    await writer.drain()


async def _read(reader: asyncio.StreamReader) -> Got | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Got(first.split(" ")[1], headers, body)


@asynccontextmanager
async def targets(*behaviours: Behaviour) -> AsyncGenerator[list[FakeTarget]]:
    """Targets that listen."""
    made = [FakeTarget(each) for each in behaviours]
    servers = [await asyncio.start_server(each.serve, "127.0.0.1", 0) for each in made]
    for each, server in zip(made, servers, strict=True):
        each.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        for server in servers:
            server.close()
