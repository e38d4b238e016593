"""What treating needs besides the text: the deployment's key and the session's tokens."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field, replace

from epol.engine.text.treatments.tokens import Tokens, key_of, shaped_like_tokens


@dataclass(frozen=True)
class Keys:
    """The key of `hash` and the tokens of `tokenize`.

    `taken` is what no new token may be, because a text says it already.  Raises ValueError
    for a key of less than 16 bytes, with which short values could be found by trying.
    """

    hash_key: bytes = field(repr=False)
    tokens: Tokens
    taken: frozenset[str] = field(default=frozenset(), repr=False)

    def __post_init__(self) -> None:
        key_of(self.hash_key)

    def beside(self, text: str) -> Keys:
        """The same keys for a text: no new token is one that this text contains."""
        found = shaped_like_tokens(text)
        return self if found <= self.taken else replace(self, taken=self.taken | found)


def derived(key: bytes, purpose: bytes) -> bytes:
    """A key for one purpose: HMAC-SHA-256 of its name (as the expand step of RFC 5869).

    Raises ValueError for a key of less than 16 bytes.
    """
    return hmac.digest(key_of(key), purpose + b"\x01", "sha256")
