"""A real Envoy that runs the configuration of the documentation, on sockets of the tests' own.

One process serves all tests of a module.  Each test has its own processor and targets, at the
sockets where Envoy expects them.
"""

from __future__ import annotations

import asyncio
import copy
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from epol.gateway.envoy.command import server_of
from epol.gateway.metrics import Metrics
from epol.gateway.settings import Settings
from epol.gateway.state import Shared, shared_state
from epol.gateway.upstreams import routed_upstreams
from tests.gateway.answered import Answered
from tests.gateway.running import CHAT, bundle
from tests.gateway.targets import Behaviour, FakeTarget, echo
from tests.repo.house import ROOT

EXAMPLE = ROOT / "examples" / "envoy" / "envoy.yaml"
Tree = Any
"""A part of a configuration, as YAML has it."""


def binary() -> str | None:
    """Envoy: the one that `EPOL_ENVOY` names, the environment's own, or an installed one."""
    own = ROOT / ".venv" / "envoy" / "envoy" / "_bin" / "envoy"
    return os.environ.get("EPOL_ENVOY") or (str(own) if own.exists() else shutil.which("envoy"))


needed = pytest.mark.skipif(binary() is None, reason="needs Envoy (tools/environment fetches it)")


@dataclass(frozen=True)
class Envoy:
    """A proxy that runs, and the folder of its sockets."""

    folder: Path

    def path(self, name: str) -> str:
        """The socket of a listener, of a cluster, or of Envoy's own `admin`."""
        return str(self.folder / name)


def example(file: Path = EXAMPLE) -> Tree:
    """The configuration of the documentation."""
    return yaml.safe_load(file.read_text().replace("cloudy", "azure"))


def processor_of(listener: Tree) -> Tree:
    """The configuration of its external processor."""
    return manager_of(listener)["http_filters"][0]["typed_config"]


def manager_of(listener: Tree) -> Tree:
    """The configuration of its connection manager."""
    return listener["filter_chains"][0]["filters"][0]["typed_config"]


def variant(listener: Tree, name: str, **processor: object) -> Tree:
    """Another listener, whose processor is configured otherwise in some keys."""
    made = copy.deepcopy(listener)
    made["name"] = name
    for key, value in processor.items():
        own = processor_of(made)
        own[key] = {**own[key], **value} if isinstance(value, Mapping) and key in own else value
    return made


@contextmanager
def envoy(config: Tree) -> Generator[Envoy]:
    """A proxy whose listeners and clusters are at sockets in a folder, by their names."""
    command = binary()
    assert command is not None
    with tempfile.TemporaryDirectory() as folder:
        made = Envoy(Path(folder))
        for listener in config["static_resources"]["listeners"]:
            listener["address"] = _pipe(made.path(listener["name"]))
        for cluster in config["static_resources"]["clusters"]:
            for group in cluster.get("load_assignment", {}).get("endpoints", ()):
                for endpoint in group["lb_endpoints"]:
                    endpoint["endpoint"]["address"] = _pipe(made.path(cluster["name"]))
        config["admin"] = {"address": _pipe(made.path("admin"))}
        file = made.folder / "envoy.yaml"
        file.write_text(yaml.safe_dump(config))
        started = [command, "-c", str(file), "--disable-hot-restart", "--concurrency", "1"]
        with subprocess.Popen([*started, "-l", "error"], stdout=subprocess.DEVNULL) as process:
            try:
                _wait(process, [made.path(each["name"]) for each in _listeners(config)])
                yield made
            finally:
                process.kill()


def _listeners(config: Tree) -> list[Tree]:
    return list(config["static_resources"]["listeners"])


def _pipe(path: str) -> Tree:
    return {"pipe": {"path": path}}


def _wait(process: subprocess.Popen[bytes], paths: list[str]) -> None:
    until = time.monotonic() + 60
    while not all(Path(each).exists() for each in paths):
        assert process.poll() is None, "Envoy does not take its configuration"
        assert time.monotonic() < until, "Envoy does not start"
        time.sleep(0.01)


@dataclass
class Proxied:
    """A caller of Envoy, with the targets behind it."""

    proxy: Envoy
    targets: Mapping[str, FakeTarget]
    shared: Shared
    metrics: Metrics

    @property
    def ward(self) -> FakeTarget:
        """The target that is here."""
        return self.targets["ward"]

    @property
    def azure(self) -> FakeTarget:
        """The one in the cloud."""
        return self.targets["azure"]

    async def post(
        self,
        body: object,
        path: str = CHAT,
        headers: Mapping[str, str] | None = None,
        at: str = "models",
        method: str = "POST",
    ) -> Answered:
        """Send a body to a listener."""
        data = body if isinstance(body, bytes) else aiohttp.JsonPayload(body)
        async with (
            aiohttp.ClientSession(connector=self.connector(at)) as session,
            session.request(method, f"http://models{path}", data=data, headers=headers) as got,
        ):
            return Answered(got.status, got.headers, await got.read())

    async def raw(self, data: bytes, at: str = "models") -> bytes:
        """Send bytes; all that comes back until the connection is closed."""
        reader, writer = await asyncio.open_unix_connection(self.proxy.path(at))
        writer.write(data)
        await writer.drain()
        try:
            return await reader.read()
        finally:
            writer.close()

    def connector(self, at: str = "models") -> aiohttp.UnixConnector:
        """Connections to a listener."""
        return aiohttp.UnixConnector(self.proxy.path(at))


@asynccontextmanager
async def proxied(
    proxy: Envoy,
    ward: Behaviour = echo,
    azure: Behaviour = echo,
    *,
    settings: Settings | None = None,
    more: str = "",
    environment: Mapping[str, str] | None = None,
    processes: bool = True,
) -> AsyncGenerator[Proxied]:
    """A processor under the policy of the gateway's tests, and its two targets."""
    settings = settings or Settings(probe=False)
    shared = shared_state(bundle(more), settings, environment or {}, upstreams=routed_upstreams)
    metrics = Metrics()
    _, server = server_of(shared, settings, metrics)
    targets = {"ward": FakeTarget(ward), "azure": FakeTarget(azure)}
    try:
        async with AsyncExitStack() as open_here:
            for name, target in targets.items():
                await open_here.enter_async_context(_listening(proxy.path(name), target))
            if processes:
                await open_here.enter_async_context(server.listening(f"unix:{proxy.path('epol')}"))
            yield Proxied(proxy, targets, shared, metrics)
        await forgotten(proxy)
    finally:
        shared.close()


@asynccontextmanager
async def _listening(path: str, target: FakeTarget) -> AsyncGenerator[None]:
    server = await asyncio.start_unix_server(target.serve, path)
    try:
        yield
    finally:
        server.close()
        target.drop()


async def forgotten(proxy: Envoy) -> None:
    """Wait until Envoy has no connection to what is no longer there."""
    async with asyncio.timeout(60):
        while await active(proxy):
            await asyncio.sleep(0.005)


async def active(proxy: Envoy) -> int:
    """How many connections Envoy has to clusters."""
    connector = aiohttp.UnixConnector(proxy.path("admin"))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get("http://admin/stats?filter=^cluster.*upstream_cx_active") as got,
    ):
        lines = (await got.text()).splitlines()
    return sum(int(line.rpartition(" ")[2]) for line in lines)
