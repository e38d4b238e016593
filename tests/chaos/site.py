"""A gateway with all that it needs, each in a process of its own, and each to be broken."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.engine.servers import Server
from tests.engine.signals.proxy import Proxy
from tests.gateway.running import environment
from tests.gateway.test_reloading import Running, epolc

POLICY = Path(__file__).with_name("chaos.epol")
OPERATOR = "key-of-the-operator"
WORKERS = 2
REDIS = "CHAOS_REDIS_URL"
_DURABLE = ("--appendonly", "yes", "--appendfsync", "always")
_CONFIG = f"""
state = "state"
log = "log"
redis_env = "{REDIS}"
reload_seconds = 0.2
[budget]
total = "$9000"
[times]
connect = 1.0
attempt = 1.5
idle = 3.0
deadline = 4.0
drain = 5.0
[tools.look_up]
at = "local"
"""


@dataclass
class Model:
    """A model's process, and the line to it."""

    record: Path
    port: int = 0
    process: subprocess.Popen[str] | None = None
    line: Proxy = field(default_factory=lambda: Proxy(0))

    @property
    def url(self) -> str:
        """Where the gateway finds it."""
        return f"http://127.0.0.1:{self.line.port}/v1"

    @property
    def pid(self) -> int:
        """Of its process."""
        assert self.process is not None
        return self.process.pid

    async def start(self) -> None:
        """Let it listen, at the same port each time."""
        command = [sys.executable, "-m", "tests.chaos.model", str(self.port), str(self.record)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port = int(await asyncio.to_thread(self.process.stdout.readline))
        self.line.upstream = self.port

    def kill(self) -> None:
        """End it at once."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process is not None and self.process.stdout is not None:
            self.process.stdout.close()


@dataclass
class Site:
    """Everything that runs, and the folder where it leaves what it writes."""

    folder: Path
    redis: Server
    ward: Model
    azure: Model
    gateway: Running
    version: int = 1

    @property
    def models(self) -> tuple[Model, Model]:
        """Both."""
        return self.ward, self.azure

    @property
    def workers(self) -> list[int]:
        """The processes that serve, the one that began first before the others."""
        return sorted(self.gateway.children, key=_began)

    def write_policy(self, more: str = "") -> None:
        """Put another version of the policy where the gateway looks for it."""
        self.version += 1
        write_policy(self.folder, self.version, more)

    def reload(self) -> None:
        """Have the policy read at once."""
        self.gateway.process.send_signal(signal.SIGHUP)


def write_policy(folder: Path, version: int, more: str = "") -> Path:
    """The policy's file, which appears whole."""
    path, new = folder / "chaos.epol", folder / "new"
    text = POLICY.read_text(encoding="utf-8")
    new.write_text(f'policy chaos version "1.0.{version}"\n{text}{more}', encoding="utf-8")
    new.replace(path)
    return path


def _began(pid: int) -> int:
    """When a process began, in ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return int(fields[19])


@asynccontextmanager
async def site(folder: Path) -> AsyncGenerator[Site]:
    """All of it, until the block ends."""
    async with AsyncExitStack() as ending:
        # The path of a socket has a hundred characters at most, so it is none of pytest's.
        sockets = ending.enter_context(TemporaryDirectory())
        redis = Server(sockets, _DURABLE)
        ending.callback(redis.kill)
        redis.start()
        ward, azure = (Model(folder / f"{name}.jsonl") for name in ("ward", "azure"))
        for each in (ward, azure):
            ending.callback(each.kill)
            await each.start()
            await each.line.listen()
            ending.push_async_callback(each.line.refuse)
        env = {**environment(ward.url, azure.url), REDIS: redis.url}
        env |= {"EPOL_ADMIN_KEY": OPERATOR, "EPOL_LOG_LEVEL": "WARNING"}
        env |= {name: secrets.token_hex(32) for name in ("EPOL_VAULT_KEY", "EPOL_LOG_KEY")}
        (folder / "gateway.toml").write_text(_placed(folder), encoding="utf-8")
        config = ("--config", str(folder / "gateway.toml"), "--workers", str(WORKERS))
        running = await ending.enter_async_context(
            epolc(folder, write_policy(folder, 1), *config, **env)
        )
        (folder / "log.key").write_text(env["EPOL_LOG_KEY"], encoding="utf-8")
        (folder / "log.key").chmod(0o600)
        yield Site(folder, redis, ward, azure, running)


def _placed(folder: Path) -> str:
    """The configuration, with its folders."""
    return _CONFIG.replace('"state"', f'"{folder}/state"').replace('"log"', f'"{folder}/decisions"')


def stop(pid: int) -> None:
    """Let a process stand still."""
    os.kill(pid, signal.SIGSTOP)


def go_on(pid: int) -> None:
    """Let it go on."""
    os.kill(pid, signal.SIGCONT)
