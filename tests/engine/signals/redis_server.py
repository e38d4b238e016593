"""A real Redis server for tests, on a socket in a folder of its own."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager

BINARY = shutil.which("redis-server") or shutil.which("valkey-server")


@contextmanager
def running(*options: str) -> Generator[str]:
    """The URL of a server, which ends with the block."""
    assert BINARY is not None
    # The path of a socket has a hundred characters at most, so it is none of pytest's.
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/redis.sock"
        fixed = ("--port", "0", "--unixsocket", path, "--dir", folder, "--save", "")
        with subprocess.Popen([BINARY, *fixed, *options], stdout=subprocess.DEVNULL) as server:
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
            return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False
