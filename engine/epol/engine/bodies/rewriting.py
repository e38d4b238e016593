"""What is written in place of the parts of a body."""

from __future__ import annotations

from epol.engine.bodies.document import Document
from epol.engine.bodies.edits import Edits
from epol.engine.bodies.node import Node
from epol.engine.bodies.parts import Part, Source


class Rewriting:
    """New texts of parts, of a body and of the documents inside its strings."""

    def __init__(self, body: Source) -> None:
        self._body = body
        self._edits: dict[Document, tuple[Source, Edits]] = {}
        self._names: dict[tuple[Document, int], tuple[Source, Node, dict[str, str]]] = {}

    def __bool__(self) -> bool:
        return bool(self._names) or any(edits for _, edits in self._edits.values())

    def edits(self, source: Source) -> Edits:
        """The changes of one document."""
        found = self._edits.get(source.document)
        if found is None:
            found = self._edits[source.document] = source, Edits(source.document)
            if source.parent is not None:
                self.edits(source.parent)
        return found[1]

    def put(self, part: Part, text: str | None) -> None:
        """Write a text in place of a part; None empties it.

        A number becomes a string, or null.
        """
        edits, node = self.edits(part.source), part.node
        if node.is_key and node.parent is not None:
            place = part.source.document, part.source.document.span(node.parent).start
            names = self._names.setdefault(place, (part.source, node.parent, {}))[2]
            names[str(node.key)] = text or ""
        elif text is None and not part.is_string:
            edits.put(node, b"null")
        else:
            edits.put_text(node, text or "")

    def rendered(self) -> bytes:
        """The body with all changes; the very bytes that were read where there is none."""
        self.settle()
        return self.edits(self._body).rendered()

    def settle(self) -> None:
        """Write the keys, and the documents inside strings into these."""
        for source, parent, names in self._names.values():
            edits = self.edits(source)
            for key, name in _distinct(parent.fields or {}, names).items():
                edits.put_text(parent.name_of(key), name)
        for source, edits in sorted(self._edits.values(), key=lambda pair: -pair[0].depth):
            if edits and source.parent is not None and source.node is not None:
                inner = edits.rendered().decode("utf-8")
                self.edits(source.parent).put_text(source.node, inner)


def _distinct(fields: dict[str, object], names: dict[str, str]) -> dict[str, str]:
    """New keys of an object, numbered where two would be the same."""
    taken = {key for key in fields if key not in names}
    counts: dict[str, int] = {}
    distinct: dict[str, str] = {}
    for key, name in names.items():
        new = name
        while new in taken:
            counts[name] = counts.get(name, 1) + 1
            new = f"{name} {counts[name]}"
        taken.add(new)
        distinct[key] = new
    return distinct
