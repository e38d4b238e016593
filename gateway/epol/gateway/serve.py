"""What `epolc serve` runs: the gateway, from its files and the environment."""

from __future__ import annotations

import logging
import os
import socket
import sys
from pathlib import Path

import msgspec

from epol.engine import EpolError
from epol.gateway.app import Gateway
from epol.gateway.policies import Policies, bundle_of
from epol.gateway.server import Server, run
from epol.gateway.settings import Settings, SettingsError, check, read_settings

USAGE = 2


def serve(
    policy: Path,
    config: Path | None = None,
    *,
    host: str | None = None,
    port: int | None = None,
    workers: int | None = None,
) -> int:
    """Serve under a policy, its source or its bundle, until a signal ends it; the exit status.

    Of what the command line says and the file too, the command line counts.
    """
    try:
        settings = _settings(config, host=host, port=port, workers=workers)
        policies = Policies(bundle_of(policy), settings)
        listening = _listen(settings)
    except (EpolError, SettingsError) as error:
        return _failed(str(error))
    except OSError as error:
        return _failed(f"{policy}: {error.strerror or error}")
    _log_to_stderr()
    _announce(policies, listening)
    with listening:
        run(lambda: Server(Gateway(policies, settings), settings).serve(listening))
    return 0


def _settings(config: Path | None, **said: object) -> Settings:
    settings = read_settings(config)
    given = {name: value for name, value in said.items() if value is not None}
    merged = msgspec.structs.replace(settings, **given)
    check(merged, "the command line" if given else str(config))
    return merged


def _listen(settings: Settings) -> socket.socket:
    """Raises `SettingsError`."""
    where = f"{settings.host}:{settings.port}"
    try:
        [family, *_, address], *_ = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM
        )
        listening = socket.create_server(
            (address[0], settings.port), family=family, backlog=2048, reuse_port=False
        )
    except OSError as error:
        raise SettingsError(f"{where}: {error.strerror or error}") from None
    listening.setblocking(False)
    return listening


def _announce(policies: Policies, listening: socket.socket) -> None:
    host, port, *_ = listening.getsockname()
    name = policies.engine.policy
    say(
        f"epol: http://{f'[{host}]' if ':' in host else host}:{port} under {name.name}"
        f"@{name.version or '-'} {name.digest[:19]}"
    )
    reached = policies.upstreams(name.digest)
    for target in policies.manifest.targets:
        if target.name not in reached:
            say(f"epol: target `{target.name}` has no url, so nothing is sent to it")


def say(line: str) -> None:
    """Tell the operator."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201 (what the command says)


def _failed(message: str) -> int:
    say(f"error: {message}")
    return USAGE


def _log_to_stderr() -> None:
    level = os.environ.get("EPOL_LOG_LEVEL", "INFO").upper()
    logging.basicConfig(
        stream=sys.stderr,
        level=level if level in logging.getLevelNamesMapping() else "INFO",
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
