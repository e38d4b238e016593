"""Reading a file that somebody named: whole, of bounded size, and no pipe that never ends."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from epol.engine.errors import BundleError


def read_file(path: Path, most: int, *, is_secret: bool = False) -> bytes:
    """The bytes of a regular file of at most `most` bytes.

    A secret one must be readable by nobody but its owner.  Raises `BundleError`.
    """
    try:
        # A pipe in the place of a file would be waited for.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as stream:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise BundleError(f"{path}: this is not a file")
            if is_secret and status.st_mode & 0o077:
                raise BundleError(
                    f"{path}: others than its owner may read or change this private key "
                    f"(mode {stat.S_IMODE(status.st_mode):04o}); make it 0600 and consider it known"
                )
            data = stream.read(min(status.st_size, most) + 1)
    except OSError as error:
        raise BundleError(f"{path}: {error.strerror or error}") from None
    except ValueError:
        raise BundleError("a file name has a NUL character in it") from None
    if len(data) > most:
        raise BundleError(f"{path}: it has more than {most:,} bytes, the most that is read of it")
    return data
