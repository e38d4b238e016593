"""`epolc envoy` as a process of its own: health, reloading, and how it ends."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import aiohttp
import grpc
import pytest

from epol.gateway.envoy.listening import SERVICE
from tests.gateway.envoy.proxying import EXAMPLE, Envoy, binary, envoy, example, needed, proxied
from tests.gateway.running import CHAT, MRN, bundle, chat, in_loop
from tests.gateway.targets import Got, Writer, begin_stream, chat_answer, put, write
from tests.gateway.test_reloading import OTHER, until
from tests.gateway.test_serving import events

pytestmark = needed
HARD = {"max_tokens": 2000}
EASY = chat("x", max_tokens=50)
"""Goes to the ward, under any policy here."""
STREAM = chat(MRN, stream=True, **HARD)
health: Any = import_module("grpc_health.v1.health_pb2")
health_grpc: Any = import_module("grpc_health.v1.health_pb2_grpc")


@pytest.fixture(scope="module")
def proxy() -> Generator[Envoy]:
    with envoy(example()) as made:
        yield made


@asynccontextmanager
async def epolc(folder: Path, proxy: Envoy) -> AsyncGenerator[subprocess.Popen[str]]:
    """The command, from when it listens until it has ended."""
    log = folder / "log"
    program = str(Path(sys.executable).parent / "epolc")
    listen = f"unix:{proxy.path('epol')}"
    config = folder / "gateway.toml"
    config.write_text("probe = false\nreload_seconds = 0.05\n")
    options = ["--policy", str(folder / "p.epolb"), "--config", str(config), "--listen", listen]
    with log.open("w") as stderr:
        process = subprocess.Popen([program, "envoy", *options], stderr=stderr, text=True)
    try:
        await until(lambda: re.search("epol: unix:", log.read_text()), process)
        yield process
    finally:
        process.terminate()
        process.wait(60)


async def status(proxy: Envoy) -> str:
    """What the processor says of its health."""
    async with grpc.aio.insecure_channel(f"unix:{proxy.path('epol')}") as channel:
        asked = health.HealthCheckRequest(service=SERVICE)
        answered = await health_grpc.HealthStub(channel).Check(asked, wait_for_ready=True)
    name: str = health.HealthCheckResponse.ServingStatus.Name(answered.status)
    return name


@in_loop
async def test_it_serves_reloads_and_ends_when_all_is_answered(
    proxy: Envoy, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("epolc")
    go_on = asyncio.Event()

    async def waits(got: Got, writer: Writer) -> None:
        await go_on.wait()
        write(writer, 200, chat_answer(got.json["messages"][-1]["content"]))

    (folder / "p.epolb").write_bytes(bundle())
    async with (
        proxied(proxy, azure=waits, processes=False) as caller,
        epolc(folder, proxy) as process,
    ):
        assert await status(proxy) == "SERVING"
        waiting = asyncio.create_task(caller.post(chat(MRN, **HARD)))
        while not caller.azure.got:
            await asyncio.sleep(0.01)
        new = folder / "new"
        new.write_bytes(bundle(OTHER, version="2.0.0"))
        new.replace(folder / "p.epolb")
        while "gate@2" not in (await caller.post(EASY)).headers["x-epol-policy"]:
            await asyncio.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        # Those under way end under the policy that they began with; no others are taken.
        while (await caller.post(EASY)).status == 200:
            await asyncio.sleep(0.01)
        go_on.set()
        answered = await waiting
        assert (answered.status, answered.text) == (200, MRN)
        assert answered.headers["x-epol-policy"].startswith("gate@1")
        assert await asyncio.to_thread(process.wait, 60) == 0
    assert "00482913" not in (folder / "log").read_text()


@in_loop
async def test_one_that_is_killed_takes_its_requests_with_it(
    proxy: Envoy, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("epolc")

    async def stalls(got: Got, writer: Writer) -> None:
        if got.json.get("stream"):
            begin_stream(writer)
            put(writer, b"".join(events("hello", "there")))
            await writer.drain()
        await asyncio.sleep(3600)

    (folder / "p.epolb").write_bytes(bundle())
    async with proxied(proxy, azure=stalls, processes=False) as caller:
        async with epolc(folder, proxy) as process:
            whole = asyncio.create_task(caller.post(chat(MRN, **HARD)))
            async with (
                aiohttp.ClientSession(connector=caller.connector()) as session,
                session.post(f"http://models{CHAT}", json=STREAM) as stream,
            ):
                assert stream.status == 200
                while len(caller.azure.got) < 2:
                    await asyncio.sleep(0.01)
                process.kill()
                with pytest.raises(aiohttp.ClientPayloadError):
                    await stream.read()
            assert (await whole).status == 500
        assert not any(b"00482913" in got.body for got in caller.azure.got)
        assert (await caller.post(chat(MRN, **HARD))).status >= 500


def test_envoy_takes_the_example_as_it_is() -> None:
    command = binary()
    assert command is not None
    done = subprocess.run(
        [command, "--mode", "validate", "-c", str(EXAMPLE)], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
