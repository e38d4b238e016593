"""Whose signatures count: trusted keys, revoked ones, and how many must have signed."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from epol.engine.bundle.files import read_file
from epol.engine.errors import BundleError

if TYPE_CHECKING:
    from epol.engine.bundle.ed25519 import PublicKey

MAX_KEY_BYTES = 64 * 1024
MAX_TRUST_BYTES = 1024 * 1024
TRUST_FILE = "trust.json"
_KEY_ID = re.compile(r"sha256:([0-9a-f]{64})\Z")


@dataclass(frozen=True)
class Trust:
    """Public keys by id, ids that no longer count, and how many different keys must sign."""

    keys: Mapping[bytes, PublicKey]
    revoked: Mapping[bytes, str] = field(default_factory=dict[bytes, str])
    threshold: int = 1

    def __post_init__(self) -> None:
        usable = len(self.keys.keys() - self.revoked.keys())
        if self.threshold < 1:
            raise BundleError("the threshold of a trust is 1 or more")
        if usable < self.threshold:
            raise BundleError(
                f"no bundle could be trusted: {self.threshold} signature(s) are wanted, and "
                f"{usable} key(s) are trusted and not revoked; name *.pub files or their folder"
            )


def shown(key_id: bytes) -> str:
    """A key id as people read it."""
    return "sha256:" + key_id.hex()


def load_trust(paths: Iterable[str | os.PathLike[str]], threshold: int = 1) -> Trust:
    """The trust that files and folders say together, with `threshold` or more signatures.

    A file is a public key in PEM; a folder has `*.pub` files and may have a `trust.json` with
    `{"revoked": {KEY_ID: REASON}, "threshold": N}`.  A key that one revokes is revoked, and the
    highest threshold counts.  Raises `BundleError`.
    """
    keys: dict[bytes, PublicKey] = {}
    revoked: dict[bytes, str] = {}
    for path in map(Path, paths):
        files = [path]
        if path.is_dir():
            files = sorted(path.glob("*.pub"))
            said, wanted = _trust_file(path / TRUST_FILE)
            revoked |= said
            threshold = max(threshold, wanted)
        for key in map(public_key, files):
            keys[key.id] = key
    return Trust(keys, revoked, threshold)


def public_key(path: Path) -> PublicKey:
    """The public key in a file.  Raises `BundleError`."""
    # Only who verifies signatures pays for the import.
    from epol.engine.bundle.ed25519 import read_public  # noqa: PLC0415

    return read_public(read_file(path, MAX_KEY_BYTES), str(path))


def _trust_file(path: Path) -> tuple[dict[bytes, str], int]:
    if not path.exists():
        return {}, 1
    try:
        value: object = json.loads(read_file(path, MAX_TRUST_BYTES), object_pairs_hook=_no_repeats)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path}: this is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise BundleError(f"{path}: an object is wanted here")
    said = cast(dict[str, object], value)
    for key in said:
        if key not in ("revoked", "threshold"):
            raise BundleError(f"{path}: `{key}` is neither `revoked` nor `threshold`")
    threshold = said.get("threshold", 1)
    if not isinstance(threshold, int) or isinstance(threshold, bool) or threshold < 1:
        raise BundleError(f"{path}: `threshold` is a whole number from 1")
    return _revoked(path, said.get("revoked", {})), threshold


def _no_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _revoked(path: Path, value: object) -> dict[bytes, str]:
    if not isinstance(value, dict):
        raise BundleError(f"{path}: `revoked` is an object of key ids, each with a reason")
    found: dict[bytes, str] = {}
    for key, reason in cast(dict[str, object], value).items():
        match = _KEY_ID.match(key)
        if match is None or not isinstance(reason, str):
            raise BundleError(
                f"{path}: `revoked` has an entry that is not a key id "
                "(sha256: and 64 hexadecimal digits) with a reason in a string"
            )
        found[bytes.fromhex(match[1])] = reason
    return found
