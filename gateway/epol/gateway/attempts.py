"""The targets that were tried for one request, and what came of each."""

from __future__ import annotations

from dataclasses import dataclass, field

FREE = frozenset(["unreachable", "tls", "untreatable", "down", "no-time"])
"""What came of a target that was not asked, and so has cost nothing."""


BYTES_A_TOKEN = 3
"""Fewer than a token of usual text has, so that enough is set aside."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A target that was tried, and what came of it: a status, or a word for what failed."""

    target: str
    result: str | int

    def __str__(self) -> str:
        return f"{self.target}={self.result}"


@dataclass
class Attempts:
    """The targets that were tried, each with what came of it."""

    told: list[Tried] = field(default_factory=list[Tried])

    def add(self, target: str, result: str | int) -> None:
        """One more attempt."""
        self.told.append(Tried(target, result))

    @property
    def header(self) -> str:
        """For the caller: names of targets and of failures."""
        return " ".join(map(str, self.told))
