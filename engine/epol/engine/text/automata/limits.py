"""Which texts automata walk over."""

from __future__ import annotations

LONG = 16 * 1024
"""Bytes.  While a longer text is walked over, other threads run."""


def may_be_walked(data: bytes) -> bool:
    """Whether automata may walk over a text while other threads wait."""
    return len(data) < LONG and data.isascii()
