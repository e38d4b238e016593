"""Changes of a JSON text that leave everything else byte for byte."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from epol.engine.bodies.document import Document, as_json
from epol.engine.bodies.node import Node


@dataclass
class _Members:
    """What becomes of the members of one object or array."""

    node: Node
    added: list[bytes] = field(default_factory=list[bytes])
    dropped: set[str | int] = field(default_factory=set[str | int])


class Edits:
    """Changes of one document: what is written in place of what, added and left out.

    Where one change lies inside another one, the outer one counts.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._puts: dict[int, tuple[int, bytes]] = {}
        self._members: dict[int, _Members] = {}

    def __bool__(self) -> bool:
        return bool(self._puts or self._members)

    def put(self, node: Node, new: bytes) -> None:
        """Write some JSON in place of a value or key."""
        span = self._document.span(node)
        self._puts[span.start] = span.end, new

    def put_text(self, node: Node, text: str) -> None:
        """Write a string in place of a value or key."""
        self.put(node, as_json(text))

    def add(self, parent: Node, key: str, new: bytes) -> None:
        """Write a new member at the beginning of an object."""
        self._of(parent).added.append(as_json(key) + b":" + new)

    def drop(self, parent: Node, which: Collection[str | int]) -> None:
        """Leave out members of an object or array, by key or place, with their commas."""
        if which:
            self._of(parent).dropped.update(which)

    def _of(self, parent: Node) -> _Members:
        return self._members.setdefault(self._document.span(parent).start, _Members(parent))

    def rendered(self) -> bytes:
        """The source with the changes; the very bytes of it where there is none."""
        source = self._document.source
        pieces: list[bytes] = []
        at = 0
        for start, end, new in sorted(self._changes(), key=_outer_first):
            if start >= at:
                pieces += (source[at:start], new)
                at = end
        if not pieces:
            return source
        pieces.append(source[at:])
        return b"".join(pieces)

    def _changes(self) -> Sequence[tuple[int, int, bytes]]:
        changes = [(start, end, new) for start, (end, new) in self._puts.items()]
        for start, members in self._members.items():
            places = self._places(members.node)
            kept = [place for name, place in places if name not in members.dropped]
            if members.added:
                new = b",".join(members.added) + (b"," if kept else b"")
                changes.append((start + 1, start + 1, new))
            changes += [(*hole, b"") for hole in _holes(places, members.dropped)]
        return changes

    def _places(self, node: Node) -> list[tuple[str | int, tuple[int, int]]]:
        inner = self._document.span(node).inner
        if isinstance(inner, dict):
            return [(key, (name.start, value.end)) for key, (name, value) in inner.items()]
        return [(at, (value.start, value.end)) for at, value in enumerate(inner or ())]


def _outer_first(change: tuple[int, int, bytes]) -> tuple[int, bool, int]:
    """The order of changes: what is only inserted comes before what stood at its place."""
    start, end, _ = change
    return start, end != start, -end


def _holes(
    places: Sequence[tuple[str | int, tuple[int, int]]], dropped: Collection[str | int]
) -> list[tuple[int, int]]:
    """What goes with the members that are left out: each with the comma on one of its sides."""
    holes: list[tuple[int, int]] = []
    is_first = True
    for at, (name, (start, end)) in enumerate(places):
        if name not in dropped:
            is_first = False
        elif not is_first:
            holes.append((places[at - 1][1][1], end))
        else:
            holes.append((start, places[at + 1][1][0] if at + 1 < len(places) else end))
    return holes
