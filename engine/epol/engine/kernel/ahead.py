"""The kernel compiled by a process of its own, while this one has something else to do."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

_PATIENCE = 60.0
"""Seconds that one waits for the process; it takes about 7."""

_CODE = """
import sys
from pathlib import Path
from epol.engine.kernel.load import kernel
kernel(Path(sys.argv[1]))
"""

_begun: dict[int, subprocess.Popen[bytes]] = {}
"""The process of this one, by the number of this one: a forked child has none."""


def begin(folder: Path) -> None:
    """Begin to compile the kernel into the cache in a folder; nothing is left when this ends."""
    if os.getpid() in _begun:
        return
    # A module of the working folder is not what is meant.
    command = [sys.executable, "-P", "-c", _CODE, str(folder)]
    none = subprocess.DEVNULL
    with suppress(OSError):
        _begun[os.getpid()] = subprocess.Popen(  # noqa: S603 (this Python, with a program of ours)
            command, stdin=none, stdout=none, stderr=none
        )
        atexit.register(_stop)


def finished() -> bool:
    """Wait for what has begun here; whether there was such, and it succeeded."""
    process = _begun.get(os.getpid())
    if process is None:
        return False
    with suppress(subprocess.TimeoutExpired):
        return process.wait(_PATIENCE) == 0
    return False


def _stop() -> None:
    process = _begun.pop(os.getpid(), None)
    if process is not None and process.poll() is None:
        process.kill()
        process.wait()
