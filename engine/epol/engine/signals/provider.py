"""What reads facts about the world again and again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Provider(Protocol):
    """A source of readings.  A program may write its own."""

    @property
    def name(self) -> str:
        """What it is called in the log."""
        ...

    @property
    def interval(self) -> float:
        """Seconds from the beginning of one reading to that of the next; above zero."""
        ...

    async def read(self) -> Mapping[str, object]:
        """Readings by the name of the signal, as JSON would have them; None takes one back.

        It reads now: what it only remembers must not look fresh.  It may fail, and then nothing
        is published and what was published grows stale.
        """
        ...
