"""The first line of a log's file: which chain it is of, and what came before it."""

from __future__ import annotations

from dataclasses import dataclass

from epol.engine.bundle.lines import decode_object, encode_fields
from epol.engine.errors import LogError
from epol.engine.log.chain import BEGIN, Head, Stated

VERSION = 1
"""The version of the form of all lines; docs/decision-log.md describes it."""


@dataclass(frozen=True, slots=True)
class Torn:
    """What stands behind the last whole line of a file: how many bytes, and their SHA-256."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Previous:
    """The last line of the file before, and what a crash left behind it."""

    seq: int
    mac: str
    torn: Torn | None = None

    @property
    def head(self) -> Head:
        """The line's place in the chain."""
        return Head(self.seq, bytes.fromhex(self.mac))


@dataclass(frozen=True, slots=True)
class Begin:
    """The first line of a file.

    `file` counts a log's files from 1.  `chain` names the chain, which `key`, a name of the
    deployment's key, begins; `epoch` is that of this line.
    """

    version: int
    file: int
    chain: str
    key: str
    time: str
    previous: Previous | None
    epoch: int = 0

    def fields(self) -> bytes:
        """As the inside of a JSON object."""
        return encode_fields(
            {
                "version": self.version,
                "file": self.file,
                "chain": self.chain,
                "key": self.key,
                "time": self.time,
                "previous": self.previous,
            }
        )


def read_begin(line: Stated | None) -> Begin:
    """What a first line says.  Raises `LogError` where it is none that this version reads."""
    if line is None or line.kind != BEGIN:
        raise LogError("the first line is not that of a decision log")
    begin = decode_object(line.body + b"}", Begin)
    if begin is None or (begin.previous is not None and not _is_mac(begin.previous.mac)):
        raise LogError("the first line is not that of a decision log")
    if begin.version != VERSION:
        raise LogError(
            f"it is of version {begin.version} of the form, and this epol reads version {VERSION}"
        )
    return begin


def _is_mac(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")
