"""How much work a text may ask for.  Past a limit the request is blocked, never waved through."""

from __future__ import annotations

from epol.engine.errors import ScanLimitError

MAX_TEXT = 16 * 1024 * 1024
"""Most characters of one segment."""

MAX_SPAN = 16 * 1024
"""Most bytes of a match of a pattern that has no bound of its own (a key of 16,384 bits in
PEM has 12,700)."""

MAX_FOUND = 20_000
"""Spans of one request, of labels and of text signals."""

MAX_REJECTED = 2048
"""Candidates of one request that look right and are none (by checksum, boundary, entropy …);
and one more for each `CHARACTERS_EACH` of its text.  One costs some microseconds, so a text
that is made of near misses costs some milliseconds before it is refused."""

CHARACTERS_EACH = 256

_UNIT = 256
_KNOWN = 8


class Budget:
    """What is left of these for one request.

    A candidate of over 256 bytes counts as more; one whose value has been judged before, in
    another view or place, as an eighth: `known` has what became of it.
    """

    __slots__ = ("_found", "_rejected", "known")

    def __init__(self, rejected: int = MAX_REJECTED, found: int = MAX_FOUND) -> None:
        self._rejected = _KNOWN * rejected
        self._found = found
        self.known: dict[tuple[str, str], object] = {}

    def allow(self, characters: int) -> None:
        """What a text of the request adds."""
        self._rejected += _KNOWN * (characters // CHARACTERS_EACH)

    def reject(self, length: int, *, known: bool = False) -> None:
        """A candidate of so many bytes is none.  Raises `ScanLimitError` for one too many."""
        self._rejected -= 1 if known else _KNOWN * (1 + length // _UNIT)
        if self._rejected < 0:
            raise ScanLimitError(_TOO_MANY.format("that are none, by their checksums for one,"))

    def find(self, length: int) -> None:
        """A span of so many bytes is found.  Raises `ScanLimitError` for one too many."""
        self._found -= 1 + length // _UNIT
        if self._found < 0:
            raise ScanLimitError(_TOO_MANY.format("that are found"))


_TOO_MANY = (
    "the text has more candidates for sensitive data {} than may be examined in one request; "
    "send it in parts"
)
