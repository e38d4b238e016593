"""AES-256-GCM (NIST SP 800-38D): sealed bytes that cannot be read or changed without the key.

The only import of ciphers from `cryptography`.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12


class Cipher:
    """One key.  Its nonces are random, so it is good for 2^32 messages (SP 800-38D, 8.3)."""

    def __init__(self, key: bytes) -> None:
        """Raises ValueError for a key that has not 32 bytes."""
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key of AES-256 has {KEY_BYTES} bytes")
        self._aead = AESGCM(key)

    def seal(self, plain: bytes, about: bytes) -> bytes:
        """Nonce, ciphertext and tag; 28 bytes more than what is sealed.

        `about` is not in it, and must be the same for `open`: where it belongs, say.
        """
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, plain, about)

    def open(self, sealed: bytes, about: bytes) -> bytes | None:
        """What was sealed; None if it was sealed under another key, or changed."""
        try:
            return self._aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about)
        except (InvalidTag, ValueError):
            return None
