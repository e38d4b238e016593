"""Writing a command's result to a file."""

from __future__ import annotations

import os
from pathlib import Path

from epol.compiler.cli._common import fail


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all: a temporary one beside it takes its place.

    It does so only once its bytes are on the disk, so that a crash leaves the one or the other.
    What is there and no plain file (a terminal, a pipe) is written to as it is.
    """
    target = path.resolve()
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(data)
            return
        with temporary.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            temporary.chmod(target.stat().st_mode)
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        fail(f"{path}: {error.strerror or error}")
