"""Files that can always be made anew, kept so that the next start is quick.

A cached pattern database is native data that is run as it stands.  So a file counts
only if its digest is right, and only if nobody but its owner (us, or root) could have
written it; otherwise it is as if it were not there.  A folder that cannot be written is
no error.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import stat
import tempfile
from functools import cache as memoized
from pathlib import Path

VARIABLE = "EPOL_CACHE"
_DIGEST_BYTES = 32
_MOST_BYTES = 512 * 1024 * 1024


def default_folder() -> Path | None:
    """Where the cache is: `$EPOL_CACHE`, else `epol` in the user's cache folder.

    None, which is no cache, where the variable is set to nothing or there is no home.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen is not None:
        return Path(chosen) if chosen else None
    base = os.environ.get("XDG_CACHE_HOME")
    if base:
        return Path(base) / "epol"
    try:
        return Path.home() / ".cache" / "epol"
    except RuntimeError:
        return None


def key_of(*parts: str) -> str:
    """A name for what is made from some texts on this kind of machine."""
    pieces: list[bytes] = []
    for part in (*parts, _machine()):
        data = part.encode()
        pieces += (len(data).to_bytes(8, "big"), data)
    return hashlib.sha256(b"".join(pieces)).hexdigest()


@memoized
def _machine() -> str:
    """What the compiled form depends on: the instructions that this processor has."""
    features = ""
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
        features = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return f"{platform.machine()} {features or platform.processor()}"


def read(folder: Path | None, key: str) -> bytes | None:
    """What was written under a key, or None."""
    if folder is None:
        return None
    try:
        if not _is_ours(folder.stat()):
            return None
        # A pipe in the place of a file would be waited for.
        handle = os.open(folder / f"{key}.hs", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as stream:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode) or not _is_ours(status):
                return None
            data = stream.read(_MOST_BYTES)
    except OSError:
        return None
    content = data[_DIGEST_BYTES:]
    return content if hashlib.sha256(content).digest() == data[:_DIGEST_BYTES] else None


def _is_ours(status: os.stat_result) -> bool:
    others = stat.S_IWGRP | stat.S_IWOTH
    return status.st_uid in (os.getuid(), 0) and not status.st_mode & others


def can_write(folder: Path | None) -> bool:
    """Whether it is worth making what is only made to be kept."""
    if folder is None:
        return False
    there = next((each for each in (folder, *folder.parents) if each.exists()), None)
    return there is not None and there.is_dir() and os.access(there, os.W_OK)


def write(folder: Path | None, key: str, content: bytes) -> None:
    """Keep something; it appears whole or not at all."""
    if folder is None:
        return
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(hashlib.sha256(content).digest() + content)
            Path(name).replace(folder / f"{key}.hs")
        except OSError:
            Path(name).unlink(missing_ok=True)
