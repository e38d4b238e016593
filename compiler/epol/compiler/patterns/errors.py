"""What is wrong with a pattern, and where in it."""

from __future__ import annotations

from typing import Literal

Kind = Literal["invalid", "unsupported"]


class PatternError(ValueError):
    """A regular expression that cannot be used.

    `invalid` is none in the dialect at all; `unsupported` is one that the scanner cannot
    run.  `start` and `end` are offsets in code points into the regular expression.
    """

    def __init__(
        self, kind: Kind, message: str, start: int, end: int, help: str | None = None
    ) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.message = message
        self.start = start
        self.end = end
        self.help = help


def invalid(message: str, start: int, end: int, help: str | None = None) -> PatternError:
    """The error of what is no regular expression."""
    return PatternError("invalid", f"this is not a regular expression: {message}", start, end, help)


def unsupported(construct: str, start: int, end: int, help: str) -> PatternError:
    """The error of a construct (with its article) that the scanner lacks."""
    return PatternError(
        "unsupported", f"the scanner does not support {construct}", start, end, help
    )
