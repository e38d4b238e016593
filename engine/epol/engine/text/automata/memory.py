"""Memory for machine code."""

from __future__ import annotations

from array import array


def zeros(kind: str, size: int) -> array[int]:
    """So many numbers of a kind, all 0."""
    return array(kind, (0,)) * size


def address(memory: array[int]) -> int:
    """Where numbers are, as long as they are kept and none is added."""
    return memory.buffer_info()[0]
