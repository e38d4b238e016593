"""Gathers the runs of a body: every string that a model or a tool could read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from epol.engine.bodies.document import Node, Number, read
from epol.engine.bodies.parts import Kind, Part, Run, Source, joined, raw, single
from epol.engine.bodies.vocabulary import KEYS, WORDS
from epol.engine.errors import BodyError

LEAST_DIGITS = 5
"""Numbers with fewer digits identify nobody, and are most often settings."""

_MOST_NESTED = 4
"""JSON in a string in JSON …: deeper down it is text, and is counted as opaque."""

# What no detector reads; text in base64 is text, and is scanned.
_PAYLOAD = re.compile(
    r"(?:data:(?!text/)[\w.+-]+/[\w.+-]+(?:;[\w.=-]+)*;base64,[A-Za-z0-9+/\r\n]*"
    r"|[A-Za-z0-9+/\r\n]{256,})={0,2}[\r\n]*"
)
_DIGIT = re.compile(r"\d")


class Collector:
    """What one body says, run by run, in the order in which it is read.

    `opaque` counts parts that no detector reads, `images` those that are images.
    """

    def __init__(self, body: Source) -> None:
        self.body = body
        self.runs: list[Run] = []
        self.opaque = 0
        self.images = 0

    def text(self, role: str, node: Node, source: Source | None = None) -> None:
        """A string that is read by itself."""
        part = self._part(source or self.body, node)
        if part is not None:
            self.runs.append(single(role, part))

    def texts(self, role: str, nodes: Iterable[Node]) -> None:
        """Strings that are read as one, one after the other."""
        parts = [part for node in nodes if (part := self._part(self.body, node)) is not None]
        if len(parts) == 1:
            self.runs.append(single(role, parts[0]))
        elif parts:
            self.runs.append(joined(role, parts))

    def fields(self, role: str, node: Node) -> Iterator[tuple[str, Node]]:
        """The members of an object; its free keys are taken, and words of the API left out."""
        for key, (name, member) in zip(node.keys or (), (node.fields or {}).items(), strict=True):
            if name and name not in KEYS:
                self.runs.append(single(role, Part(self.body, key, name, Kind.KEY)))
            if not _is_word(name, member.value):
                yield name, member

    def everything(
        self, role: str, node: Node, *, source: Source | None = None, payload: bool = False
    ) -> None:
        """Every string, long number and free key below a node, each by itself.

        With `payload`, encoded bytes are left out: the caller has counted them as opaque.
        """
        for part in self._below(source or self.body, node, payload=payload):
            self.runs.append(single(role, part))

    def structured(self, role: str, node: Node, source: Source | None = None) -> None:
        """As `everything`, and beside it the whole as it stands in JSON, keys and all."""
        source = source or self.body
        parts = list(self._below(source, node))
        if len(parts) == 1 and parts[0].node is node:
            self.runs.append(single(role, parts[0]))
        elif parts:
            self.runs.append(raw(role, source, parts))

    def nested(self, role: str, node: Node, source: Source | None = None) -> None:
        """A string that may be JSON: if it is, what it holds, so that it stays JSON."""
        source = source or self.body
        inner = inside(source, node)
        if inner is None:
            self.text(role, node, source)
        elif _levels(inner) > _MOST_NESTED:
            self.opaque += 1
            self.text(role, node, source)
        else:
            self.structured(role, inner.document.root, inner)

    def _part(self, source: Source, node: Node) -> Part | None:
        value = node.value
        if isinstance(value, str):
            return Part(source, node, value) if value else None
        if isinstance(value, Number) and len(_DIGIT.findall(value.text)) >= LEAST_DIGITS:
            return Part(source, node, value.text, Kind.NUMBER)
        return None

    def _below(self, source: Source, node: Node, *, payload: bool = False) -> Iterator[Part]:
        if node.items is not None:
            for item in node.items:
                yield from self._below(source, item, payload=payload)
        elif node.fields is not None and node.keys is not None:
            for key, (name, member) in zip(node.keys, node.fields.items(), strict=True):
                if name not in KEYS and name:
                    yield Part(source, key, name, Kind.KEY)
                if member.value is None or not _is_word(name, member.value):
                    yield from self._below(source, member, payload=payload)
        else:
            part = self._part(source, node)
            if part is not None and not (payload and is_payload(part.text)):
                yield part


def _is_word(key: str, value: object) -> bool:
    """Whether a value is one of the API's own words, where it has such words."""
    return value in WORDS.get(key, ()) if isinstance(value, str) else False


def is_payload(text: str) -> bool:
    """Whether a string is bytes in base64, or a URL that holds them, and nothing else."""
    return _PAYLOAD.fullmatch(text) is not None


def inside(source: Source, node: Node) -> Source | None:
    """The document in a string; None where it is no JSON object or array."""
    text = node.value
    if not isinstance(text, str) or text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return Source(read(text.encode("utf-8", "surrogatepass")), source, node)
    except BodyError:
        return None


def _levels(source: Source) -> int:
    return 0 if source.parent is None else 1 + _levels(source.parent)


def strings_of(nodes: Sequence[Node]) -> list[str]:
    """The values of nodes that are strings."""
    return [node.value for node in nodes if isinstance(node.value, str)]
