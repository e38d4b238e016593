"""Callers for the benches: connections that ask again and again, and how long it takes."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

import litellm_proxy
import uvloop

CHAT = "/v1/chat/completions"
TEXT = (
    "Compare the differentials of the two reports below and say which findings are new. "
    "The first was written after the scan in spring, the second after the follow-up. "
) * 6
"""About 1 KB without anything to find."""
_OK = b"HTTP/1.1 200"
_LENGTH = re.compile(rb"content-length: (\d+)")
_LAST_CHUNK = b"\r\n0\r\n\r\n"
Made = TypeVar("Made")


def body(number: int) -> bytes:
    text = f"{number}. {TEXT}"
    return json.dumps(
        {"model": litellm_proxy.MODEL, "messages": [{"role": "user", "content": text}]}
    ).encode()


class Client(asyncio.Protocol):
    """One connection of a caller, one request at a time."""

    def __init__(self, body: bytes) -> None:
        head = f"POST {CHAT} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        head += f"authorization: Bearer {litellm_proxy.KEY}\r\n"
        self.request = f"{head}content-length: {len(body)}\r\n\r\n".encode() + body
        self.done: asyncio.Future[None] | None = None
        self.data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.data += data
        head, is_there, rest = self.data.partition(b"\r\n\r\n")
        if not is_there:
            return
        assert head.startswith(_OK), self.data
        length = _LENGTH.search(head)
        if len(rest) >= int(length[1]) if length else rest.endswith(_LAST_CHUNK):
            self.data = b""
            assert self.done is not None
            self.done.set_result(None)

    async def ask(self) -> float:
        """Milliseconds from the first byte of a request to the last of its answer."""
        self.done = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        self.transport.write(self.request)
        await self.done
        return (time.perf_counter() - began) * 1e3


def free_port() -> int:
    """A port on which nothing listens yet."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        found: int = listening.getsockname()[1]
        return found


async def connected(port: int, number: int = 1) -> Client:
    loop = asyncio.get_running_loop()
    _, made = await loop.create_connection(lambda: Client(body(number)), "127.0.0.1", port)
    return made


async def connections(port: int, count: int) -> list[Client]:
    return [await connected(port, number) for number in range(count)]


async def open_loop(port: int, rate: int, seconds: float) -> list[float]:
    """Milliseconds of each request, from when it was to be sent."""
    idle = await connections(port, 64)
    everyone = list(idle)
    took: list[float] = []
    tasks: set[asyncio.Task[None]] = set()

    async def one(at: float) -> None:
        while not idle:
            await asyncio.sleep(0)
        client = idle.pop()
        if client.transport.is_closing():
            # The server has ended what nobody used for long.
            client = await connected(port)
            everyone.append(client)
        await client.ask()
        took.append((time.perf_counter() - at) * 1e3)
        idle.append(client)

    start = time.perf_counter() + 0.05
    for number in range(int(rate * seconds)):
        at = start + number / rate
        if (wait := at - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(one(at))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    for client in everyone:
        client.transport.close()
    return took


async def closed_loop(port: int, seconds: float, count: int) -> float:
    """Requests a second with so many under way."""
    clients = await connections(port, count)
    until = time.perf_counter() + seconds
    done = 0

    async def work(client: Client) -> None:
        nonlocal done
        while time.perf_counter() < until:
            await client.ask()
            done += 1
        client.transport.close()

    await asyncio.gather(*(work(each) for each in clients))
    return done / seconds


def own_loop(port: int, seconds: float, count: int) -> float:
    """As `closed_loop`, to its end."""
    return run(closed_loop(port, seconds, count))


def wrk_loop(port: int, seconds: float, count: int) -> float:
    """As `closed_loop`, by wrk."""
    requests = ",".join(json.dumps(body(number).decode()) for number in range(count))
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".lua") as script:
        script.write(WRK.format(requests, CHAT, litellm_proxy.KEY))
        script.flush()
        options = ["-t1", f"-c{count}", f"-d{seconds:g}", "-s", script.name]
        url = f"http://127.0.0.1:{port}/"
        said = subprocess.run(
            ["wrk", *options, url], capture_output=True, text=True, check=True
        ).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(said)
    found = re.search(r"(\d+) requests in", said)
    assert found is not None, said
    return int(found[1]) / seconds


WRK = """
local bodies, made, number = {{ {0} }}, {{}}, 0
local headers = {{ ["content-type"] = "application/json", ["authorization"] = "Bearer {2}" }}
function init()
  for at, body in ipairs(bodies) do made[at] = wrk.format("POST", "{1}", headers, body) end
end
function request()
  number = number % #made + 1
  return made[number]
end
"""

HAS_WRK = shutil.which("wrk") is not None
throughput = wrk_loop if HAS_WRK else own_loop
"""Requests a second: `wrk` takes less of the machine than a caller here."""


def run(work: Coroutine[Any, Any, Made]) -> Made:
    return uvloop.run(work)


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
