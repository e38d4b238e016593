"""The keys of a log, all derived from one that the deployment keeps.

A derived key is the HMAC-SHA-256, under the deployment's key, of what it is for (the expand step
of RFC 5869 with one block).
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from pathlib import Path

from epol.engine.bundle.files import read_file
from epol.engine.errors import BundleError, LogError

VARIABLE, FILE_VARIABLE = "EPOL_LOG_KEY", "EPOL_LOG_KEY_FILE"
LEAST_BYTES = 32
MOST_BYTES = 4096
_DIGEST_BYTES = 16
_PURPOSE = b"epol decision log "


class Digests:
    """Keyed digests of values, which tell equal values and nothing else."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, purpose: str, value: bytes) -> str:
        """A value as 32 hex digits, the same for the same value, purpose and key.

        The purpose keeps equal values of different things apart.
        """
        message = f"{purpose}\0".encode() + value
        return hmac.digest(self._key, message, hashlib.sha256)[:_DIGEST_BYTES].hex()


class LogKeys:
    """What a log's key gives: digests, the name of the key, and where chains begin.

    `root` has 32 bytes or more.  Raises `LogError` for fewer.
    """

    def __init__(self, root: bytes) -> None:
        if len(root) < LEAST_BYTES:
            raise LogError(
                f"the log's key needs {LEAST_BYTES} bytes at least and has {len(root)}; "
                "make one with `openssl rand -hex 32`"
            )
        self._chains = _derived(root, b"chains")
        self.digests = Digests(_derived(root, b"digests"))
        self.name = _derived(root, b"name")[:8].hex()

    def __repr__(self) -> str:
        return f"LogKeys({self.name})"

    def chain(self, identity: str) -> bytes:
        """The first key of a chain."""
        return _derived(self._chains, identity.encode())


def _derived(key: bytes, purpose: bytes) -> bytes:
    return hmac.digest(key, _PURPOSE + purpose + b"\x01", hashlib.sha256)


def keys_from_environment(environment: Mapping[str, str] = os.environ) -> LogKeys:
    """The key in `EPOL_LOG_KEY`, or in the file that `EPOL_LOG_KEY_FILE` names.

    Raises `LogError` where neither or both are set, and for a file that others may read.
    """
    found = find_keys(environment)
    if found is None:
        raise LogError(
            f"there is no key for the log; set {FILE_VARIABLE} to a file that has it, or "
            f"{VARIABLE} to the key itself"
        )
    return found


def find_keys(environment: Mapping[str, str] = os.environ) -> LogKeys | None:
    """As `keys_from_environment`; None where neither is set."""
    value, path = environment.get(VARIABLE), environment.get(FILE_VARIABLE)
    if value and path:
        raise LogError(f"{VARIABLE} and {FILE_VARIABLE} are both set; keep one of them")
    if path:
        return keys_of_file(Path(path))
    return LogKeys(os.fsencode(value).rstrip(b"\r\n")) if value else None


def keys_of_file(path: Path) -> LogKeys:
    """The key in a file; line ends after it do not count.

    Raises `LogError` for a file that cannot be read, or that others than its owner may read.
    """
    try:
        data = read_file(path, MOST_BYTES, is_secret=True)
    except BundleError as error:
        raise LogError(str(error)) from None
    try:
        return LogKeys(data.rstrip(b"\r\n"))
    except LogError as error:
        raise LogError(f"{path}: {error}") from None
