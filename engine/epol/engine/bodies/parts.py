"""The text of a body, as it is scanned.

A `Part` is one string: a segment, which is treated as a whole.  A `Run` is what is scanned in
one go: one part as a rule, or several that are read together (the content parts of one
message, the members of one object).  A value cut in two by the boundary of two parts is found
because the run is scanned too, and one whose key tells what it is because the key is beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from epol.engine.bodies.document import Document
from epol.engine.bodies.node import Node


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A document whose strings are parts: the body itself, or JSON inside a string.

    The one inside another is written as the string of a node of its `parent`.  `at` is where
    the body begins, if it is inside something else.
    """

    document: Document
    parent: Source | None = None
    node: Node | None = None
    at: Node | None = None

    @property
    def root(self) -> Node:
        """The value that is the body."""
        return self.at or self.document.root

    @property
    def depth(self) -> int:
        """How many documents this one is inside of."""
        return 0 if self.parent is None else 1 + self.parent.depth


# A body may have very many of these two, and frozen ones take three times as long to make.
@dataclass(slots=True, eq=False)
class Part:
    """A string, free key, number or truth value of a document."""

    source: Source = field(repr=False)
    node: Node
    text: str = field(repr=False)

    @property
    def is_string(self) -> bool:
        """Whether a text stands there, and no number or truth value."""
        return type(self.node.value) is str


@dataclass(slots=True, eq=False)
class Piece:
    """A part in the text of its run: characters `start` up to `end`."""

    part: Part
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A text that is scanned, of a role, and the parts in it, in order.

    What stands between parts is punctuation and words of the API.
    """

    role: str
    text: str = field(repr=False)
    pieces: tuple[Piece, ...]

    @property
    def is_simple(self) -> bool:
        """Whether the run is one part and nothing else."""
        return len(self.pieces) == 1 and len(self.pieces[0].part.text) == len(self.text)

    def rewritten(self, parts: Sequence[Part]) -> Run:
        """The run with other parts in place of its own; what stands between them stays."""
        pieces: list[Piece] = []
        texts: list[str] = []
        at = size = 0
        for piece, part in zip(self.pieces, parts, strict=True):
            start = size + piece.start - at
            size = start + len(part.text)
            texts += (self.text[at : piece.start], part.text)
            pieces.append(Piece(part, start, size))
            at = piece.end
        texts.append(self.text[at:])
        return Run(self.role, "".join(texts), tuple(pieces))


def single(role: str, part: Part) -> Run:
    """The run of one part."""
    return Run(role, part.text, (Piece(part, 0, len(part.text)),))


class Draft:
    """A run that is being written."""

    __slots__ = ("_pieces", "_size", "_texts")

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._pieces: list[Piece] = []
        self._size = 0

    def word(self, text: str) -> None:
        """Something that is no part."""
        self._texts.append(text)
        self._size += len(text)

    def part(self, part: Part) -> None:
        """A part."""
        start = self._size
        self._size = end = start + len(part.text)
        self._texts.append(part.text)
        self._pieces.append(Piece(part, start, end))

    def run(self, role: str) -> Run | None:
        """The run; None if it has no part."""
        if not self._pieces:
            return None
        return Run(role, "".join(self._texts), tuple(self._pieces))
