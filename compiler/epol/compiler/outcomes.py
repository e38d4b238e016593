"""The vocabulary of analyses: proved, refuted with a witness, or undecided with a reason."""

from __future__ import annotations

PROVED, REFUTED, UNDECIDED = "proved", "refuted", "undecided"


class TooManyOutcomesError(Exception):
    """A string's globs have too many joint outcomes for the solver; str() says so."""
