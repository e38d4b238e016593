"""A JSON text, read once.

A text that two readers could understand differently is refused: duplicate keys above all,
for the reader behind us might take the other one.
"""

from __future__ import annotations

import re
from typing import cast

import msgspec

from epol.engine.bodies.node import Float, Node
from epol.engine.bodies.spans import Span, spans
from epol.engine.errors import BodyError

MAX_BODY = 32 * 1024 * 1024
"""Most bytes of a body."""

MAX_DEPTH = 96
"""Most levels of arrays and objects in each other."""

_decode = msgspec.json.Decoder(float_hook=Float).decode
_decode_values = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class Document:
    """A JSON text and its values.

    Where in the source a value stands is looked for when something is to be rewritten: most
    bodies go on as they came.
    """

    __slots__ = ("_spans", "root", "source")

    def __init__(self, source: bytes, root: Node) -> None:
        self.source, self.root = source, root
        self._spans: Span | None = None

    def __repr__(self) -> str:
        return f"<Document of {len(self.source)} bytes>"

    def span(self, node: Node) -> Span:
        """The range of bytes from which a value or key was read."""
        if node.parent is None:
            if self._spans is None:
                self._spans = spans(self.source, self.root.value)
            return self._spans
        inner = self.span(node.parent).inner
        if isinstance(node.key, int):
            return cast(list[Span], inner)[node.key]
        name, value = cast(dict[str, tuple[Span, Span]], inner)[node.key]
        return name if node.is_key else value


def read(source: bytes) -> Document:
    """The document of a JSON text in UTF-8.

    Raises `BodyError` for what is no JSON, has a key twice in one object, or is too large or
    too deep.
    """
    if len(source) > MAX_BODY:
        raise BodyError(f"the body has more than {MAX_BODY:,} bytes")
    try:
        source.decode("utf-8")
        value = _decode(source)
    except UnicodeDecodeError as error:
        raise BodyError(f"the body is not UTF-8 (byte {error.start})") from None
    except RecursionError:
        raise BodyError(_TOO_DEEP) from None
    except (msgspec.DecodeError, ValueError) as error:
        raise BodyError(f"the body is not JSON{_place(error)}") from None
    if _strings_in(value) != _strings_of(source):
        raise BodyError("an object of the body has a key twice; readers differ on which one counts")
    return Document(source, Node(value))


_TOO_DEEP = f"the body has more than {MAX_DEPTH} levels of arrays and objects"


def _place(error: Exception) -> str:
    """Where a text stops being JSON: msgspec says the byte, and nothing of the text."""
    found = re.search(r"\(byte (\d+)\)", str(error))
    return f" (byte {found[1]})" if found else ""


def _strings_of(source: bytes) -> int:
    """How many strings and keys a JSON text has: half its quotes, the escaped ones left out.

    Escapes begin at every other backslash of a run, so that replacing pairs from the left
    leaves those of quotes.
    """
    if b"\\" not in source:
        return source.count(b'"') // 2
    if b"\\\\" in source:
        source = source.replace(b"\\\\", b"")
    return (source.count(b'"') - source.count(b'\\"')) // 2


def _strings_in(value: object) -> int:
    """How many strings and keys a value has: fewer than its text where a key stood twice.

    Raises `BodyError` for one that is too deep.
    """
    count = int(type(value) is str)
    level = [value]
    for _ in range(MAX_DEPTH):
        below: list[object] = []
        for container in level:
            if type(container) is dict:
                fields = cast(dict[str, object], container)
                count += len(fields)
                members = list(fields.values())
            elif type(container) is list:
                members = cast(list[object], container)
            else:
                continue
            for member in members:
                kind = type(member)
                if kind is str:
                    count += 1
                elif kind is dict or kind is list:
                    below.append(member)
        if not below:
            return count
        level = below
    raise BodyError(_TOO_DEEP)


def as_json(value: object) -> bytes:
    """A value as JSON."""
    return _encode(value)


def from_json(data: bytes) -> object:
    """The values of a JSON text that `read` took."""
    return _decode_values(data)
