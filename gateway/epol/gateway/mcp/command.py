"""What `epolc mcp` runs: a proxy before a server of MCP, from its files and the environment."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from epol.engine import EpolError
from epol.gateway.callers import ANYBODY
from epol.gateway.host import Host
from epol.gateway.mcp.http import PATH, McpGateway
from epol.gateway.mcp.relay import Relay
from epol.gateway.mcp.stdio import run_stdio
from epol.gateway.mcp.treating import Treating, target_of
from epol.gateway.serve import (
    check_open,
    failed,
    listen,
    log_to_stderr,
    say,
    settings_of,
    shown,
)
from epol.gateway.server import Server, run
from epol.gateway.settings import Settings, SettingsError
from epol.gateway.upstreams import checked


def mcp(
    policy: Path,
    config: Path | None = None,
    *,
    command: Sequence[str] = (),
    target: str | None = None,
    host: str | None = None,
    port: int | None = None,
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Stand before a server that is run, or, without a command, before the one in [mcp].

    The exit status: that of the server, or 0 where a signal ended it.
    """
    log_to_stderr(environment)
    try:
        settings = settings_of(config, host=host, port=port)
        if target is not None:
            said = msgspec.structs.replace(settings.mcp, target=target)
            settings = msgspec.structs.replace(settings, mcp=said)
        made = Host(policy, settings, environment)
        model = target_of(made, settings)
        if command:
            return asyncio.run(_beside(made, model, command, environment))
        return _listening(made, model, settings, environment)
    except (EpolError, SettingsError) as error:
        return failed(str(error))


async def _beside(
    host: Host, target: str, command: Sequence[str], environment: Mapping[str, str]
) -> int:
    """Run a server for a client on standard input and output."""
    if host.settings.callers:
        raise SettingsError("`callers` show their keys over HTTP; on standard input there is one")
    treating = Treating(host, target, ANYBODY, {}, "mcp")
    host.start()
    try:
        return await run_stdio(
            Relay(treating), command, host.settings.limits, environment=environment
        )
    finally:
        host.stop()


def _listening(host: Host, target: str, settings: Settings, environment: Mapping[str, str]) -> int:
    said = settings.mcp
    if said.url is None:
        raise SettingsError("give the command of a server behind --, or its `url` in [mcp]")
    url = checked(said.url, "mcp", said.at)
    key = None if said.key_env is None else environment.get(said.key_env)
    if said.key_env is not None and not key:
        raise SettingsError(f"mcp: `{said.key_env}` is to have the server's key")
    check_open(settings)
    with listen(settings) as listening:
        say(f"epol: http://{shown(listening)}{PATH} before {url} for `{target}`")
        gateway = McpGateway(host, target, url, key)
        server = Server(gateway, settings)

        async def serve() -> None:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, server.stop)
            await server.serve(listening)

        run(serve)
    return 0
