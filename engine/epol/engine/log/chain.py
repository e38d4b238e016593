r"""The chain of a log: each line's code is over all before it, under a key that moves on.

A line is a JSON object that begins with `seq`, `epoch` and `kind` and ends with `mac`, in this
order and without white space:

    {"seq":12,"epoch":3,"kind":"decision",…,"mac":"<64 hex digits>"}

`mac` is the HMAC-SHA-256, under the key of its epoch, of the code of the line before (32 bytes)
and of this line's bytes before `,"mac"`.  A seal ends an epoch: the next key is derived from the
last one, which is then forgotten.  Whoever takes today's key cannot compute those before it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import NamedTuple

from epol.engine.errors import LogError

NO_MAC = bytes(32)
"""What the first line of a log has for the code of the line before."""
MAX_EPOCHS = 2**24
"""Epochs that are followed: a seal every second for half a year."""
MAX_LINE = 8 * 1024 * 1024
"""Bytes of a line, its end included."""

BEGIN, SEAL = "begin", "seal"

_HEAD = re.compile(rb'\{"seq":(0|[1-9]\d{0,17}),"epoch":(0|[1-9]\d{0,8}),"kind":"([a-z]{1,16})"')
_FOOT = re.compile(rb',"mac":"([0-9a-f]{64})"\}\n\Z')
_FOOT_BYTES = 75


class Head(NamedTuple):
    """A line's place in the chain: its number, its code, both of which say where the chain is."""

    seq: int
    mac: bytes

    def __str__(self) -> str:
        return f"{self.seq}:{self.mac.hex()}"


class Stated(NamedTuple):
    """What a line says of itself, true or not."""

    seq: int
    epoch: int
    kind: str
    mac: bytes
    body: bytes


class Line(NamedTuple):
    """A line to be written, with its end, and what it says of itself."""

    data: bytes
    said: Stated


def stated(line: bytes) -> Stated | None:
    """A line, with its end, taken apart; None if it has not the form of one."""
    foot = _FOOT.search(line, max(0, len(line) - _FOOT_BYTES))
    head = _HEAD.match(line)
    if foot is None or head is None:
        return None
    seq, epoch, kind = int(head[1]), int(head[2]), head[3].decode()
    return Stated(seq, epoch, kind, bytes.fromhex(foot[1].decode()), line[:-_FOOT_BYTES])


@dataclass(frozen=True, slots=True)
class Epoch:
    """A key and how many there were before it in its chain."""

    number: int
    key: bytes

    def __repr__(self) -> str:
        return f"Epoch({self.number})"

    def next(self) -> Epoch:
        """The key after this one."""
        return Epoch(self.number + 1, hmac.digest(self.key, b"epol log epoch\x01", hashlib.sha256))

    def at(self, number: int) -> Epoch:
        """This key or a later one.  Raises `LogError` for one that is out of reach."""
        if not self.number <= number <= MAX_EPOCHS:
            raise LogError("the key of this epoch cannot be computed from the one that is known")
        epoch = self
        while epoch.number < number:
            epoch = epoch.next()
        return epoch


class Chain:
    """Where a chain stands.

    `head` is its last line, `epoch` the key of the next one, `unsealed` how many lines there
    are since the last seal.
    """

    __slots__ = ("epoch", "head", "unsealed")

    def __init__(self, epoch: Epoch, head: Head, unsealed: int = 0) -> None:
        self.epoch, self.head, self.unsealed = epoch, head, unsealed

    def line(self, kind: str, fields: bytes) -> Line:
        """The next line, which `accept` takes once it is written.

        `fields` is the inside of a JSON object, or empty.
        """
        head, epoch = self.head, self.epoch
        comma = b"," if fields else b""
        named = kind.encode(), comma, fields
        body = b'{"seq":%d,"epoch":%d,"kind":"%s"%s%s' % (head.seq + 1, epoch.number, *named)
        said = Stated(head.seq + 1, epoch.number, kind, self.code(body), body)
        return Line(b'%s,"mac":"%s"}\n' % (body, said.mac.hex().encode()), said)

    def follows(self, line: Stated) -> bool:
        """Whether a line is the next one, unaltered."""
        return (
            line.seq == self.head.seq + 1
            and line.epoch == self.epoch.number
            and hmac.compare_digest(self.code(line.body), line.mac)
        )

    def accept(self, line: Stated) -> None:
        """Go on behind a line."""
        self.head = Head(line.seq, line.mac)
        self.unsealed += 1
        if line.kind == SEAL:
            self.epoch, self.unsealed = self.epoch.next(), 0

    def code(self, body: bytes) -> bytes:
        """The code of a line's body, if it is the next one."""
        return hmac.digest(self.epoch.key, self.head.mac + body, hashlib.sha256)
