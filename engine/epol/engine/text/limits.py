"""How much work a text may ask for.  Past a limit the request is blocked, never waved through."""

from __future__ import annotations

from typing import Any

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

MAX_LOOKED = 64 * 1024 * 1024
"""Bytes of one request that are searched for patterns without bound, each search counted."""

_UNIT = 256
_CHEAP = 8

AGAIN = 1
"""What costs least: what was judged or found before."""


def cost(length: int) -> int:
    """What a candidate of so many bytes costs, in eighths of a short one."""
    return _CHEAP * (1 + length // _UNIT)


class Budget:
    """What is left of these for one request.

    A candidate of over 256 bytes counts as more; one whose value has been judged before, in
    another view or place or by another detector with the same checks, as an eighth: `known` has
    what became of it by who judges and value, `checked` what a check said of a value, `entropies`
    how many bits a character it has.  So does a span of a text signal, or one that is found again
    in a view.
    """

    __slots__ = ("_found", "_looked", "_rejected", "checked", "entropies", "known")

    def __init__(self, rejected: int = MAX_REJECTED, found: int = MAX_FOUND) -> None:
        self._rejected = _CHEAP * rejected
        self._found = _CHEAP * found
        self._looked = MAX_LOOKED
        self.known: dict[tuple[tuple[str, ...], str], Any] = {}
        self.checked: dict[tuple[str, str], bool] = {}
        self.entropies: dict[str, float] = {}

    def allow(self, characters: int) -> None:
        """What a text of the request adds."""
        self._rejected += _CHEAP * (characters // CHARACTERS_EACH)

    def reject(self, length: int, *, cheap: bool = False) -> None:
        """A candidate of so many bytes is none.  Raises `ScanLimitError` for one too many."""
        self.refuse(AGAIN if cheap else cost(length))

    def refuse(self, count: int) -> None:
        """So many candidates are none at first sight, each of which counts as an eighth.

        Raises `ScanLimitError` for one too many.
        """
        self._rejected -= count
        if self._rejected < 0:
            raise ScanLimitError(_TOO_MANY.format("that are none, by their checksums for one,"))

    def find(self, length: int, *, cheap: bool = False) -> None:
        """A span of so many bytes is found.  Raises `ScanLimitError` for one too many."""
        self.spend(AGAIN if cheap else cost(length))

    def spend(self, found: int) -> None:
        """What is found costs so much.  Raises `ScanLimitError` for too much."""
        self._found -= found
        if self._found < 0:
            raise ScanLimitError(_TOO_MANY.format("that are found"))

    def look(self, length: int) -> None:
        """So many bytes are searched for a pattern without bound.  Raises `ScanLimitError`."""
        self._looked -= length
        if self._looked < 0:
            raise ScanLimitError(
                "the text asks for too long a search for patterns that have no bound; send it in "
                "parts, or give the patterns bounds (`{0,200}` for `*`)"
            )


_TOO_MANY = (
    "the text has more candidates for sensitive data {} than may be examined in one request; "
    "send it in parts"
)
