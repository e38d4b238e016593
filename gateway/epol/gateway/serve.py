"""What `epolc serve` runs: the gateway, from its files and the environment."""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from epol.engine import EpolError
from epol.gateway.reloading import PolicyFile
from epol.gateway.settings import Settings, SettingsError, check, read_settings
from epol.gateway.state import Shared, shared_state
from epol.gateway.upstreams import is_near
from epol.gateway.working import Work, run_workers

USAGE = 2


def serve(
    policy: Path,
    config: Path | None = None,
    *,
    host: str | None = None,
    port: int | None = None,
    workers: int | None = None,
    environment: Mapping[str, str] = os.environ,
) -> int:
    """Serve under a policy, its source or its bundle, until a signal ends it; the exit status.

    Of what the command line says and the file too, the command line counts.
    """
    log_to_stderr(environment)
    file = PolicyFile(policy)
    try:
        settings = settings_of(config, host=host, port=port, workers=workers)
        shared = shared_state(file.bundle(), settings, environment)
    except (EpolError, SettingsError) as error:
        return failed(str(error))
    try:
        check_open(settings)
        listening = listen(settings)
        _announce(shared, listening)
        with listening:
            return run_workers(Work(shared, settings, file, listening=listening))
    except SettingsError as error:
        return failed(str(error))
    finally:
        shared.close()


def settings_of(config: Path | None, **said: object) -> Settings:
    """The settings of a file, where nothing else is said.  Raises `SettingsError`."""
    settings = read_settings(config)
    given = {name: value for name, value in said.items() if value is not None}
    merged = msgspec.structs.replace(settings, **given)
    check(merged, "the command line" if given else str(config))
    return merged


def check_open(settings: Settings) -> None:
    """Raise `SettingsError` where a whole network could call without a key, and nobody said so."""
    if not (is_near(settings.host) or settings.callers or settings.is_open):
        raise SettingsError(
            f"anybody who reaches {settings.host} could call: name `callers`, "
            "or set `open = true` where something else keeps others out"
        )


def listen(settings: Settings) -> socket.socket:
    """The socket that takes connections.  Raises `SettingsError`."""
    try:
        [family, *_, address], *_ = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM
        )
        listening = socket.create_server(address[:2], family=family, backlog=2048)
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        raise SettingsError(f"{where}: {error.strerror or error}") from None
    listening.setblocking(False)
    return listening


def _announce(shared: Shared, listening: socket.socket) -> None:
    name = shared.policies.engine.policy
    where, version = shown(listening), name.version or "-"
    say(f"epol: http://{where} under {name.name}@{version} {name.digest[:19]}")
    now = shared.policies.now
    for target in now.manifest.targets:
        if target.name not in now.upstreams:
            say(f"epol: target `{target.name}` has no url, so nothing is sent to it")


def shown(listening: socket.socket) -> str:
    """Where a socket listens, as in an address."""
    host, port, *_ = listening.getsockname()
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def say(line: str) -> None:
    """Tell the operator."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201 (what the command says)


def failed(message: str) -> int:
    """Tell the operator what is wrong; the exit status."""
    say(f"error: {message}")
    return USAGE


def log_to_stderr(environment: Mapping[str, str]) -> None:
    """Write the log to standard error, as much of it as the environment says."""
    level = environment.get("EPOL_LOG_LEVEL", "INFO").upper()
    known = logging.getLevelNamesMapping()
    logging.basicConfig(
        stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True
    )
    logging.getLogger("epol").setLevel(known.get(level, logging.INFO))
