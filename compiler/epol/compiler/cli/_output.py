"""Writing a command's result to a file."""

from __future__ import annotations

import os
from pathlib import Path

from epol.compiler.cli._common import fail


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all: a temporary one beside it takes its place.

    What is there and no plain file (a terminal, a pipe) is written to as it is.
    """
    target = path.resolve()
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    data = text.encode("utf-8")
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(data)
            return
        with temporary.open("xb") as stream:
            stream.write(data)
        if target.exists():
            temporary.chmod(target.stat().st_mode)
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        fail(f"{path}: {error.strerror or error}")
