"""The keys of a sealed vault: from a variable or a file, never from a command's arguments."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import re
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from epol.engine.errors import VaultError
from epol.engine.vault.aead import KEY_BYTES, Cipher

VARIABLE = "EPOL_VAULT_KEY"
FILE_VARIABLE = "EPOL_VAULT_KEY_FILE"
MOST_KEYS = 16
ID_BYTES = 8

_HEX = re.compile(rf"[0-9A-Fa-f]{{{2 * KEY_BYTES}}}")
_LARGEST_FILE = 65_536


class VaultKey:
    """One key.  It wraps the keys of sessions; nothing else is sealed under it."""

    def __init__(self, key: bytes) -> None:
        """Raises ValueError for a key that has not 32 bytes."""
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key of a vault has {KEY_BYTES} bytes, and this one has {len(key)}")
        self.id = hmac.digest(key, b"epol vault: name", "sha256")[:ID_BYTES]
        """What a vault names it by, which tells nothing of it."""
        self.memory_key = hmac.digest(key, b"epol vault: memory", "sha256")
        """What a vault in memory derives tokens under."""
        self._cipher = Cipher(hmac.digest(key, b"epol vault: wrap", "sha256"))

    def __repr__(self) -> str:
        return f"<VaultKey {self.id.hex()}>"

    def wrap(self, key: bytes, about: bytes) -> bytes:
        """Another key, sealed, behind the name of this one."""
        return self.id + self._cipher.seal(key, self.id + about)

    def unwrap(self, wrapped: bytes, about: bytes) -> bytes | None:
        """What was wrapped; None if not by this key, for another purpose, or if changed."""
        return self._cipher.open(wrapped[ID_BYTES:], self.id + about)


class VaultKeys:
    """Keys, the newest first, which wraps; the older ones only unwrap.

    Raises ValueError for no key, too many, the same one twice, or one that has not 32 bytes.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not 0 < len(keys) <= MOST_KEYS:
            raise ValueError(f"a vault has from one to {MOST_KEYS} keys")
        self._keys = {each.id: each for each in map(VaultKey, keys)}
        if len(self._keys) < len(keys):
            raise ValueError("the same key is there twice")

    def __repr__(self) -> str:
        return f"<VaultKeys: {', '.join(each.hex() for each in self._keys)}>"

    @property
    def newest(self) -> VaultKey:
        """What new sessions are wrapped by."""
        return next(iter(self._keys.values()))

    @property
    def all(self) -> tuple[VaultKey, ...]:
        """The newest first."""
        return tuple(self._keys.values())

    def unwrap(self, wrapped: bytes, about: bytes) -> bytes | None:
        """What one of these keys has wrapped; None where its key is not here."""
        key = self._keys.get(wrapped[:ID_BYTES])
        return None if key is None else key.unwrap(wrapped, about)

    @classmethod
    def parse(cls, text: str, where: str) -> VaultKeys:
        """Keys of 32 bytes in base64 or hex, newest first, with white space or commas between.

        A line may end in a comment behind `#`.  Raises `VaultError`, which names `where`.
        """
        words = re.split(r"[\s,]+", re.sub(r"#.*", "", text))
        try:
            return cls([_decoded(word) for word in words if word])
        except ValueError as error:
            raise VaultError(
                f"{where}: {error}; `openssl rand -base64 {KEY_BYTES}` makes a key"
            ) from None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> VaultKeys:
        """Those of `EPOL_VAULT_KEY`, or of the file that `EPOL_VAULT_KEY_FILE` names.

        Raises `VaultError` if none or both are set, or for what they hold.
        """
        text, path = environment.get(VARIABLE, ""), environment.get(FILE_VARIABLE, "")
        if bool(text) == bool(path):
            says = "both are" if text else "neither is"
            raise VaultError(f"{VARIABLE} or {FILE_VARIABLE} has the vault's keys, and {says} set")
        return cls.parse(text, VARIABLE) if text else cls.from_file(Path(path))

    @classmethod
    def from_file(cls, path: Path) -> VaultKeys:
        """Those of a file that only its owner can read, or root's, that its group can read.

        Raises `VaultError`.
        """
        try:
            with path.open("rb") as stream:
                _check_private(path, os.fstat(stream.fileno()))
                text = stream.read(_LARGEST_FILE).decode("ascii")
        except OSError as error:
            raise VaultError(f"{path}: {error.strerror or 'cannot be read'}") from None
        except UnicodeDecodeError:
            raise VaultError(f"{path}: this is no file of keys in base64 or hex") from None
        return cls.parse(text, str(path))


def _check_private(path: Path, status: os.stat_result) -> None:
    """The rule of PostgreSQL's `ssl_key_file`."""
    if not stat.S_ISREG(status.st_mode):
        raise VaultError(f"{path}: a file of keys is a regular file")
    allowed = 0o640 if status.st_uid == 0 else 0o600
    if stat.S_IMODE(status.st_mode) & 0o777 & ~allowed:
        raise VaultError(f"{path}: others can read or change this file of keys; `chmod 600` it")


def _decoded(word: str) -> bytes:
    if _HEX.fullmatch(word):
        return bytes.fromhex(word)
    padded = word.rstrip("=")
    padded = padded.translate(str.maketrans("-_", "+/")) + "=" * (-len(padded) % 4)
    try:
        return base64.b64decode(padded, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a key is neither base64 nor hex") from None
