"""A bare Hyperscan loop: what a scan of texts costs if nothing else is done."""

from __future__ import annotations

import time
from collections.abc import Sequence

import hyperscan


def bare(database: hyperscan.Database, texts: Sequence[str], repeat: int) -> float:
    """The fewest seconds of `repeat` passes over all the texts, after one to warm up.

    The database is a block-mode one.  The texts are bytes before the clock starts, one
    scratch serves all scans, and a match calls a function that does nothing.
    """
    blocks = [text.encode() for text in texts]
    scratch = hyperscan.Scratch(database)

    def seconds() -> float:
        start = time.perf_counter()
        for block in blocks:
            database.scan(block, match_event_handler=_ignore, scratch=scratch)
        return time.perf_counter() - start

    seconds()
    return min(seconds() for _ in range(repeat))


def _ignore(_index: int, _start: int, _end: int, _flags: int, _context: object) -> None:
    """What a match calls."""
