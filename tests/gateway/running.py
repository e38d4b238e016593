"""A gateway on a real socket, and a caller of it."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp

from epol.compiler.embedding import compile_bundle
from epol.gateway.app import Gateway
from epol.gateway.server import Server
from epol.gateway.settings import Settings
from epol.gateway.state import Shared, shared_state
from tests.gateway.answered import Answered

CHAT = "/v1/chat/completions"
MRN = "MRN 00482913"

POLICY = """
import std.edge
label phi.mrn
detector mrn -> phi.mrn { match /MRN [0-9]{8}/ }
target ward  { at local  context 1M  tools true  model "small"  url env "WARD_URL" }
target azure { at cloud  context 1M  tools true  model "large"  url env "AZURE_URL"
               key env "AZURE_KEY" }
rule nameless { when target.at == cloud  tokenize phi }
rule hard  { when request.max_output_tokens > 100 and target.at == cloud  prefer 10 }
rule small { when target.at == cloud  cap max_output_tokens 500 }
rule bulk  { when count phi.mrn > 3  block  because "bulk export" }
rule asked { when request.max_output_tokens == 77 and target.at == local  hold
  because "a person looks" }
rule answers { on response  when count phi.mrn > 2  deny  because "too many" }
"""


@cache
def bundle(more: str = "", name: str = "gate", version: str = "1.0.0") -> bytes:
    """A bundle of the policy of these tests."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "policy.epol"
        path.write_text(f'policy {name} version "{version}"\n{POLICY}{more}', encoding="utf-8")
        return compile_bundle(path)


def environment(ward: str, azure: str) -> dict[str, str]:
    """What the gateway takes from the environment."""
    return {"WARD_URL": ward, "AZURE_URL": azure, "AZURE_KEY": "key-of-azure"}


@dataclass
class Caller:
    """A client of a gateway."""

    session: aiohttp.ClientSession
    url: str
    port: int
    server: Server
    gateway: Gateway
    shared: Shared

    async def post(
        self, body: object, path: str = CHAT, headers: Mapping[str, str] | None = None
    ) -> Answered:
        """Send a body."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self.session.post(self.url + path, data=data, headers=headers) as got:
            return Answered(got.status, got.headers, await got.read())

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answered:
        """Ask for a path."""
        async with self.session.get(self.url + path, headers=headers) as got:
            return Answered(got.status, got.headers, await got.read())


def chat(*texts: str, **more: object) -> dict[str, object]:
    """The body of a chat."""
    return {"model": "any", "messages": [{"role": "user", "content": t} for t in texts], **more}


@asynccontextmanager
async def serving(shared: Shared, settings: Settings) -> AsyncGenerator[Caller]:
    """A gateway that listens on a port of its own."""
    gateway = Gateway(shared, settings)
    server = Server(gateway, settings)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        task = asyncio.create_task(server.serve(listening))
        while not server.is_started:
            await asyncio.sleep(0.005)
        async with aiohttp.ClientSession() as session:
            yield Caller(session, f"http://127.0.0.1:{port}", port, server, gateway, shared)
        server.stop()
        await task


@asynccontextmanager
async def gateway(
    ward: str, azure: str, settings: Settings | None = None, more: str = "", **more_environment: str
) -> AsyncGenerator[Caller]:
    """A gateway between these two targets."""
    settings = settings or Settings()
    shared = shared_state(bundle(more), settings, {**environment(ward, azure), **more_environment})
    try:
        async with serving(shared, settings) as caller:
            yield caller
    finally:
        shared.close()


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a test's coroutine; one that hangs is an error, and says where."""

    async def limited() -> None:
        async with asyncio.timeout(180):
            await work

    asyncio.run(limited())


def in_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """A test that is a coroutine."""

    @wraps(test)
    def runs(*args: object, **kwargs: object) -> None:
        run(test(*args, **kwargs))

    return runs
