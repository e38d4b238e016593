"""The tree of a regular expression.

`start` and `end` are offsets in code points into the text that was read; nodes that were
made otherwise (of a word list) have 0 for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from epol.compiler.patterns.charset import CharSet


@dataclass(frozen=True)
class Placed:
    """Anything in a regular expression."""

    start: int
    end: int


@dataclass(frozen=True)
class Chars(Placed):
    """One character out of a set."""

    set: CharSet


@dataclass(frozen=True)
class Sequence(Placed):
    """One thing after another; nothing at all if there are no items."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Alternation(Placed):
    """One of several; at least two."""

    options: tuple[Node, ...]


@dataclass(frozen=True)
class Repeat(Placed):
    """Something `low` to `high` times (None: any number), as rarely as possible if lazy."""

    item: Node
    low: int
    high: int | None
    lazy: bool = False


@dataclass(frozen=True)
class Group(Placed):
    """Parentheses."""

    item: Node
    name: str | None = None
    capturing: bool = False


class Place(Enum):
    """What an assertion asks of its place."""

    TEXT_START = "text start"
    TEXT_END = "text end"
    LINE_START = "line start"
    LINE_END = "line end"
    BOUNDARY = "word boundary"
    NO_BOUNDARY = "no word boundary"


@dataclass(frozen=True)
class Assertion(Placed):
    """A condition on a place in the text; it takes no characters."""

    place: Place


Node = Chars | Sequence | Alternation | Repeat | Group | Assertion
