"""What `epolc envoy` runs: the processor of an Envoy, from its files and the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from epol.engine import EpolError
from epol.gateway.app import Gateway
from epol.gateway.envoy.listening import EnvoyServer
from epol.gateway.envoy.passing import Passing
from epol.gateway.envoy.processing import Processor
from epol.gateway.metrics import Metrics
from epol.gateway.reloading import PolicyFile
from epol.gateway.serve import failed, log_to_stderr, say, settings_of
from epol.gateway.server import run
from epol.gateway.settings import Settings, SettingsError
from epol.gateway.state import Shared, shared_state
from epol.gateway.upstreams import is_near, routed_upstreams
from epol.gateway.working import Running, serve_until_told

_UNIX = "unix:"


def envoy(
    policy: Path,
    config: Path | None = None,
    *,
    listen: str,
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Decide for Envoy under a policy until a signal ends it; the exit status.

    `listen` is `unix:/path` or `host:port`.
    """
    log_to_stderr(environment)
    file = PolicyFile(policy)
    try:
        settings = settings_of(config)
        _check(settings, listen)
        shared = shared_state(file.bundle(), settings, environment, upstreams=routed_upstreams)
    except (EpolError, SettingsError) as error:
        return failed(str(error))
    try:
        run(lambda: _serve(Running(shared, settings, file), listen))
    except SettingsError as error:
        return failed(str(error))
    finally:
        shared.close()
    return 0


def server_of(shared: Shared, settings: Settings, metrics: Metrics) -> tuple[Gateway, EnvoyServer]:
    """A gateway that asks targets through Envoy, and the server where Envoy asks it."""
    gateway = Gateway(shared, settings, metrics, transport=Passing())
    processor = Processor(gateway, shared.policies, metrics)
    return gateway, EnvoyServer(gateway, processor, settings)


async def _serve(running: Running, listen: str) -> None:
    gateway, server = server_of(running.shared, running.settings, running.metrics)

    async def serving() -> None:
        async with server.listening(listen) as address:
            _announce(running.shared, address)
            await server.told()

    await serve_until_told(running, gateway, serving(), server.stop, watches=True)


def _check(settings: Settings, listen: str) -> None:
    """Raise `SettingsError` for an address, or settings, that are not for this."""
    if settings.workers != 1:
        raise SettingsError("`workers` is 1 here: start several of them, each with its own address")
    if listen.startswith(_UNIX):
        if not listen.removeprefix(_UNIX).startswith("/"):
            raise SettingsError(f"{listen}: a path of a socket begins with /")
        return
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise SettingsError(f"{listen}: listen at unix:/path or host:port")
    if not (is_near(host.strip("[]")) or settings.is_open):
        raise SettingsError(
            f"anybody who reaches {host} could decide for the proxy what target it has: listen at "
            "a socket, or set `open = true` where something else keeps others out"
        )


def _announce(shared: Shared, address: str) -> None:
    name = shared.policies.engine.policy
    say(f"epol: {address} under {name.name}@{name.version or '-'} {name.digest[:19]}")
