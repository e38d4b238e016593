"""The tokens of `tokenize`: `[phi.mrn:kzvtqhwjgmrxplns]`.

Why they look like this:

- **Brackets.** Writers of JSON, HTML and XML leave them alone, whereas many escape `<`; and
  `<phi.mrn:…>` would be an autolink in Markdown.  `[phi.mrn]` is what `redact` writes, so a
  model meets one notation.  The label holds no colon and the letters have a fixed number, so
  no token is the beginning of another: a stream knows at once where one ends.
- **The label** tells a model what stood there, so that it can write "her record number".
- **Sixteen letters** of an alphabet of sixteen: no digits (no number, date or checksum
  matches), no vowels and no y (no word of a language), none of a-f (no hexadecimal, so no
  UUID, address or key).  They are one run of lower-case ASCII, to be copied as it stands:
  nothing in it can be counted on, translated, declined or corrected, as with `NAME_1` or
  a made-up name.
- **64 bits of HMAC-SHA-256**, four to a letter, hence evenly distributed without rejection.
  Without the key nobody can compute a value's token, or try values against a token.  Among
  n values of a session two collide with a probability of about n² / 2^65 (for a million,
  3 in 10^8); the second one is then derived again.

The label is text of the policy, and a detector may know its words; what is inside a token is
therefore no finding (`Tokens.find`).

The letters alone identify a value in a session.  So a vault has to keep no more than
(session, letters) -> (label, value), written once and never changed.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Collection, Container, Iterator
from contextlib import AbstractContextManager
from functools import lru_cache

from epol.engine.text.treatments.book import NOBODY, Book, MemoryBook, Owner

MIN_KEY_BYTES = 16
"""The shortest key that is taken: 128 bits."""

LETTERS = "ghjklmnpqrstvwxz"
LENGTH = 16
MAX_LABEL = 200
"""Characters of a label's name, as the language has it."""

_LABEL = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*")
_LETTERS = re.compile(f"[{LETTERS}]{{{LENGTH}}}")
# Linear: a match begins at a bracket, and what follows holds no other.
_TOKEN = re.compile(
    rf"\[(?P<label>[a-z][a-z0-9_.]{{0,{MAX_LABEL - 1}}}):(?P<letters>[{LETTERS}]{{{LENGTH}}})\]"
)
_FROM_HEX = str.maketrans("0123456789abcdef", LETTERS)
# No UTF-8 has this byte, so no value that is hashed under the same key gives a token away.
_PURPOSE = b"\xffepol token"


def key_of(key: bytes) -> bytes:
    """A key, if it is long enough; raises ValueError if not."""
    if len(key) < MIN_KEY_BYTES:
        raise ValueError(f"a key needs {MIN_KEY_BYTES} bytes at least")
    return key


@lru_cache(4096)
def _is_label(name: str) -> bool:
    return len(name) <= MAX_LABEL and _LABEL.fullmatch(name) is not None


def shaped_like_tokens(text: str) -> frozenset[str]:
    """What a text holds that could be a token, of whatever session."""
    return frozenset(match[0] for match in _TOKEN.finditer(text))


def derive(key: bytes, session: str, label: str, value: str, attempt: int) -> str:
    """The letters for a value: the first 64 bits of an HMAC-SHA-256, four bits a letter.

    Each part stands behind its length, so that no two inputs are one message.
    """
    parts = [part.encode("utf-8", "surrogatepass") for part in (session, label, value)]
    message = b"".join(len(part).to_bytes(8) + part for part in parts)
    digest = hmac.digest(key, _PURPOSE + attempt.to_bytes(4) + message, "sha256")
    return digest.hex()[:LENGTH].translate(_FROM_HEX)


class Tokens:
    """The tokens of one session, both ways.

    The same label and value have the same token for as long as the session's book lives,
    and wherever another one has the same key and session (but for collisions and what was
    `taken`, whose order only a shared book knows).  Threads may share it.

    `book` keeps what was issued; without, it is this object's own, in memory.  Where it is
    a vault's, `token`, `find` and whatever restores may raise `VaultError`.

    `key` may also be what gives the key when it is first needed.  Raises ValueError for a
    key of less than 16 bytes.
    """

    def __init__(
        self, key: bytes | Callable[[], bytes], session: str = "", book: Book | None = None
    ) -> None:
        self._key = key if callable(key) else key_of(key)
        self._session = session
        self._book: Book = MemoryBook() if book is None else book

    def __repr__(self) -> str:
        return f"<Tokens: {len(self._book.known)} values>"

    def batch(self) -> AbstractContextManager[None]:
        """What is new inside is written together when it ends: for all texts of one body.

        If it fails, the request must be blocked: its tokens may mean nothing.  It is for one
        thread, which waits for nothing else in it: other threads that need new tokens of this
        object wait for its end.
        """
        return self._book.batch()

    def token(self, label: str, value: str, taken: Container[str] = frozenset()) -> str:
        """The token for a value under a label's name.

        A new token is none of those `taken`, which stand in a text for themselves.  A value
        that is a token of this session is left as it is, and one that contains some is kept
        with their originals, so that restoring once restores everything.  Raises ValueError
        for a label that is no dotted name.
        """
        whole = value
        if "[" in value:
            if self.original(value) is not None:
                return value
            whole = self.restore(value)
        owner = Owner(label, whole)
        known = self._book.known.get(owner)
        return self._issue(owner, taken) if known is None else known

    def _issue(self, owner: Owner, taken: Container[str]) -> str:
        if not _is_label(owner.label):
            raise ValueError("a token needs a label's name")
        book = self._book
        key = self._key() if callable(self._key) else self._key
        attempt = 0
        while True:
            letters = derive(key, self._session, owner.label, owner.value, attempt)
            token = f"[{owner.label}:{letters}]"
            # Letters that are taken are given away for good: whoever issues next, in another
            # process say, must come to the same token.
            if book.claim(letters, NOBODY if token in taken else owner) == owner:
                return book.known.setdefault(owner, token)
            attempt += 1

    def value(self, letters: str) -> tuple[str, str] | None:
        """The label and the original that sixteen letters stand for; None if for nothing.

        For what a model has mangled: the letters alone identify a value in a session.
        """
        if not _LETTERS.fullmatch(letters):
            return None
        owner = self._book.get((letters,)).get(letters, NOBODY)
        return None if owner == NOBODY else owner

    def original(self, token: str) -> str | None:
        """What a token stands for; None if this session has no such token."""
        match = _TOKEN.fullmatch(token)
        return None if match is None else self._owned([match]).get(match[0])

    def _owned(self, matches: Collection[re.Match[str]]) -> dict[str, str]:
        """Those that are tokens of this session, with their originals."""
        if not matches:
            return {}
        owners = self._book.get({match["letters"] for match in matches})
        return {
            match[0]: owner.value
            for match in matches
            if (owner := owners.get(match["letters"])) and owner.label == match["label"]
        }

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Where a text holds tokens of this session, from start up to end, left to right.

        They are protected already: whatever a detector sees inside one is no finding.
        """
        matches = list(_TOKEN.finditer(text))
        owned = self._owned(matches)
        return (match.span() for match in matches if match[0] in owned)

    def restore(self, text: str) -> str:
        """A text with every token of this session turned back; any other text as it stands."""
        owned = self._owned(list(_TOKEN.finditer(text)))
        return _TOKEN.sub(lambda match: owned.get(match[0], match[0]), text) if owned else text
