"""The text of a body, as it is scanned and as it is written back.

A `Part` is one string: a segment, which is treated as a whole.  A `Run` is what a model reads
in one go: one part as a rule, or several that follow each other (the content parts of one
message, the strings of one tool's arguments).  A value cut in two by the boundary of two parts
is found because the run is scanned too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from epol.engine.bodies.document import Document, Edits, Node


class Kind(Enum):
    """How a part is written."""

    STRING = "string"
    KEY = "key"
    NUMBER = "number"


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One string of a document, or of a document inside one of its strings."""

    source: Source = field(repr=False)
    node: Node
    text: str = field(repr=False)
    kind: Kind = Kind.STRING


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A part in the text of its run: characters `start` up to `end`.

    Not `is_exact`, the run has the part as JSON writes it, with escapes, so that offsets in
    the one are none in the other.
    """

    part: Part
    start: int
    end: int
    is_exact: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A text that is scanned, of a role, and the parts that it is made of."""

    role: str
    text: str = field(repr=False)
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A document whose strings are parts: the body itself, or JSON inside a string.

    The one inside another is written as the string of a node of its `parent`.
    """

    document: Document
    parent: Source | None = None
    node: Node | None = None


class Rewriting:
    """What is to be written in a body and the documents inside it."""

    def __init__(self, body: Source) -> None:
        self._body = body
        self._edits: dict[Source, Edits] = {}

    def __bool__(self) -> bool:
        return any(self._edits.values())

    def edits(self, source: Source) -> Edits:
        """The changes of one document."""
        found = self._edits.get(source)
        if found is None:
            found = self._edits[source] = Edits(source.document)
            if source.parent is not None:
                self.edits(source.parent)
        return found

    def put(self, part: Part, text: str | None) -> None:
        """Write a text in place of a part; None empties it.

        A number becomes a string, or null.
        """
        edits, node = self.edits(part.source), part.node
        if text is None and part.kind is Kind.NUMBER:
            edits.put(node.start, node.end, b"null")
        else:
            edits.put_text(node, text or "")

    def rendered(self) -> bytes:
        """The body with all changes; the very bytes that were read where there is none."""
        self.settle()
        return self.edits(self._body).rendered()

    def settle(self) -> None:
        """Write the documents inside strings into these."""
        for source, edits in self._inside_out():
            if edits and source.parent is not None and source.node is not None:
                inner = edits.rendered().decode("utf-8")
                self.edits(source.parent).put_text(source.node, inner)

    def _inside_out(self) -> Sequence[tuple[Source, Edits]]:
        return sorted(self._edits.items(), key=lambda pair: -_depth(pair[0]))


def _depth(source: Source) -> int:
    return 0 if source.parent is None else 1 + _depth(source.parent)


def single(role: str, part: Part) -> Run:
    """The run of one part."""
    return Run(role, part.text, (Piece(part, 0, len(part.text)),))


def joined(role: str, parts: Sequence[Part]) -> Run:
    """The run of parts that are read one after the other, with nothing between them."""
    pieces: list[Piece] = []
    at = 0
    for part in parts:
        pieces.append(Piece(part, at, at + len(part.text)))
        at += len(part.text)
    return Run(role, "".join([part.text for part in parts]), tuple(pieces))


def raw(role: str, source: Source, parts: Sequence[Part]) -> Run:
    """The run of parts as their document has them, keys and punctuation between them.

    What names a value is then beside it, for detectors that ask for context.
    """
    ordered = sorted(parts, key=lambda part: part.node.start)
    data = source.document.source
    at = ordered[0].node.start
    texts: list[str] = []
    pieces: list[Piece] = []
    size = 0
    for part in ordered:
        between, own = (
            _decoded(data, at, part.node.start),
            _decoded(data, part.node.start, part.node.end),
        )
        quote = 0 if part.kind is Kind.NUMBER else 1
        low = size + len(between) + quote
        size += len(between) + len(own)
        high = size - quote
        pieces.append(Piece(part, low, high, high - low == len(part.text)))
        texts += (between, own)
        at = part.node.end
    return Run(role, "".join(texts), tuple(pieces))


def _decoded(data: bytes, start: int, end: int) -> str:
    return data[start:end].decode("utf-8")
