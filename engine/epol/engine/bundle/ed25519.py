"""Keys of bundles: Ed25519 (RFC 8032), kept as PEM.  The only import of `cryptography`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from epol.engine.errors import BundleError


@dataclass(frozen=True)
class PublicKey:
    """What signatures are verified with."""

    key: Ed25519PublicKey

    @property
    def id(self) -> bytes:
        """SHA-256 of the key as SubjectPublicKeyInfo in DER (RFC 8410)."""
        der = self.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(der).digest()

    @property
    def pem(self) -> bytes:
        """The key as a file."""
        return self.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        """Whether a signature of a message is this key's."""
        try:
            self.key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class PrivateKey:
    """What signatures are made with."""

    key: Ed25519PrivateKey

    @property
    def public(self) -> PublicKey:
        """The key that verifies what this one signs."""
        return PublicKey(self.key.public_key())

    def sign(self, message: bytes) -> bytes:
        """A signature of 64 bytes; always the same for the same message."""
        return self.key.sign(message)

    def pem(self, passphrase: bytes | None = None) -> bytes:
        """The key as a file (PKCS#8), encrypted where a passphrase is given."""
        encryption = NoEncryption() if passphrase is None else BestAvailableEncryption(passphrase)
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def generate() -> PrivateKey:
    """A new key, from the system's random numbers."""
    return PrivateKey(Ed25519PrivateKey.generate())


def read_public(pem: bytes, where: str) -> PublicKey:
    """The public key that a PEM file holds.  Raises `BundleError`, which names `where`."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise BundleError(
            f"{where}: this is no public key in PEM; `epolc keygen` makes one (NAME.pub)"
        ) from None
    if not isinstance(key, Ed25519PublicKey):
        raise BundleError(f"{where}: this is a public key, but not of Ed25519")
    return PublicKey(key)


def read_private(pem: bytes, where: str, passphrase: bytes | None = None) -> PrivateKey:
    """The private key that a PEM file holds.  Raises `BundleError`, which names `where`."""
    try:
        key = load_pem_private_key(pem, passphrase)
    except TypeError:
        says = "is encrypted" if passphrase is None else "is not encrypted"
        cure = "name the variable that has" if passphrase is None else "leave out"
        raise BundleError(f"{where}: this key {says}; {cure} its passphrase") from None
    except (ValueError, UnsupportedAlgorithm):
        cause = "" if passphrase is None else ", or the passphrase is not its own"
        raise BundleError(f"{where}: this is no private key in PEM (PKCS#8){cause}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BundleError(f"{where}: this is a private key, but not of Ed25519")
    return PrivateKey(key)
