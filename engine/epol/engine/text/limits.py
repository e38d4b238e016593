"""How much work a text may ask for.  Past a limit the request is blocked, never waved through."""

from __future__ import annotations

from epol.engine.errors import ScanLimitError

MAX_TEXT = 16 * 1024 * 1024
"""Most characters of one segment."""

MAX_SPAN = 16 * 1024
"""Most bytes of a match of a pattern that has no bound of its own (a key of 16,384 bits in
PEM has 12,700)."""

MAX_CANDIDATES = 20_000
"""Candidates of one request that may be examined; one of more than 256 bytes counts as more."""

_UNIT = 256


class Budget:
    """What is left of `MAX_CANDIDATES` for one request."""

    __slots__ = ("left",)

    def __init__(self, candidates: int = MAX_CANDIDATES) -> None:
        self.left = candidates

    def spend(self, length: int) -> None:
        """Examine a candidate of so many bytes.  Raises `ScanLimitError` when none is left."""
        self.left -= 1 + length // _UNIT
        if self.left < 0:
            raise ScanLimitError(
                "the text has more candidates for sensitive data than may be examined in one "
                "request; send it in parts"
            )
