"""Signatures of bundles, after DSSE (Dead Simple Signing Envelope) 1.0.

https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md.  The serialized body is the
bundle's header with the table of sections, which holds the digest of each; so a signature is
over all of the file, and takes no time that grows with it.  Instead of the JSON envelope, key
ids and signatures stand at the end of the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from epol.engine.bundle.container import Frame, Signature, open_frame, sections_of, with_signature
from epol.engine.bundle.trust import Trust, shown
from epol.engine.errors import BundleError

if TYPE_CHECKING:
    from epol.engine.bundle.ed25519 import PrivateKey

PAYLOAD_TYPE = "application/vnd.epol.bundle.v1"
"""Of format 1; a signature of anything else, by the same key, is none of a bundle."""


def pae(payload_type: str, body: bytes) -> bytes:
    """DSSE's pre-authentication encoding: what is signed for a body of some type."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)


def sign(data: bytes, key: PrivateKey) -> bytes:
    """The bundle with a signature by a key more.  Raises `BundleError` if it is not whole."""
    frame = open_frame(data)
    sections_of(frame)
    value = key.sign(pae(PAYLOAD_TYPE, frame.head))
    return with_signature(data, Signature(key.public.id, value))


class State(StrEnum):
    """What a signature is worth under some trust."""

    TRUSTED = "trusted"
    REVOKED = "revoked"
    UNKNOWN = "not among the trusted keys"
    INVALID = "not of this bundle"


@dataclass(frozen=True)
class Judged:
    """A signature's key (`sha256:…`) and what the signature is worth."""

    key_id: str
    state: State


def judge(frame: Frame, trust: Trust) -> tuple[Judged, ...]:
    """What each signature is worth."""
    message = pae(PAYLOAD_TYPE, frame.head)
    return tuple(
        Judged(shown(each.key_id), _state(each, message, trust)) for each in frame.signatures
    )


def _state(signature: Signature, message: bytes, trust: Trust) -> State:
    if signature.key_id in trust.revoked:
        return State.REVOKED
    key = trust.keys.get(signature.key_id)
    if key is None:
        return State.UNKNOWN
    return State.TRUSTED if key.has_signed(message, signature.value) else State.INVALID


def is_trusted(frame: Frame, trust: Trust) -> bool:
    """Whether enough trusted keys have signed the bundle."""
    return _good(judge(frame, trust)) >= trust.threshold


def _good(judged: tuple[Judged, ...]) -> int:
    return sum(each.state == State.TRUSTED for each in judged)


def require(frame: Frame, trust: Trust) -> None:
    """Raise `BundleError` unless enough trusted keys have signed the bundle."""
    judged = judge(frame, trust)
    good = _good(judged)
    if good >= trust.threshold:
        return
    has = "; ".join(f"{each.key_id} is {each.state}" for each in judged) or "it has none"
    raise BundleError(
        f"the bundle is not trusted: it needs {trust.threshold} valid signature(s) by trusted keys "
        f"and has {good} ({has}); sign it with `epolc sign`, or trust the key that has signed it"
    )
