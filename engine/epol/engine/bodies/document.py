"""A JSON text, read once: its values, and where in the source each of them stands.

What is rewritten is spliced into the source, so that everything else stays byte for byte.
A text that two readers could understand differently is refused: duplicate keys above all,
for the reader behind us might take the other one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import cast

import msgspec

from epol.engine.errors import BodyError

MAX_BODY = 32 * 1024 * 1024
"""Most bytes of a body."""

MAX_DEPTH = 96
"""Most levels of arrays and objects in each other."""

# What is no string, in a text that is known to be JSON: punctuation that opens or closes, and
# numbers, true, false, null.
_PLAIN = re.compile(rb"[{}\[\]]|[^\s,:{}\[\]]+")
_BACKSLASH = ord("\\")
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class Node:
    """A value, and the range of bytes from which it was read.

    `value` is the decoded value of a string or literal; a number is a
    `Number`.  `items` are the members of an array; `fields` those of an object, by key, and
    `keys` the keys' own nodes, in the same order.
    """

    __slots__ = ("end", "fields", "items", "keys", "start", "value")

    def __init__(self, value: object, start: int, end: int) -> None:
        self.value, self.start, self.end = value, start, end
        self.items: list[Node] | None = None
        self.fields: dict[str, Node] | None = None
        self.keys: list[Node] | None = None

    def __repr__(self) -> str:
        kind = (
            "object" if self.fields is not None else "array" if self.items is not None else "value"
        )
        return f"<{kind} at {self.start}>"

    def get(self, key: str) -> Node | None:
        """The value under a key, if this is an object that has it."""
        return None if self.fields is None else self.fields.get(key)

    def string(self, key: str) -> str | None:
        """The string under a key; None where there is none, or something else."""
        node = self.get(key)
        return node.value if node is not None and isinstance(node.value, str) else None

    def elements(self, key: str) -> Sequence[Node]:
        """The members of the array under a key; none where there is none."""
        node = self.get(key)
        return () if node is None or node.items is None else node.items


class Number:
    """A number as it was written."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Document:
    """A JSON text and the tree of its values."""

    __slots__ = ("root", "source")

    def __init__(self, source: bytes, root: Node) -> None:
        self.source, self.root = source, root

    def __repr__(self) -> str:
        return f"<Document of {len(self.source)} bytes>"


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
    except msgspec.DecodeError as error:
        raise BodyError(f"the body is not JSON{_place(error)}") from None
    builder = _Builder(source)
    root = builder.node(value, 0)
    if not builder.is_done:
        raise BodyError(_TWICE)
    return Document(source, root)


_TOO_DEEP = f"the body has more than {MAX_DEPTH} levels of arrays and objects"
_TWICE = "an object of the body has a key twice; readers differ on which one counts"


def _place(error: Exception) -> str:
    """Where a text stops being JSON: msgspec says the byte, and nothing of the text."""
    found = re.search(r"\(byte (\d+)\)", str(error))
    return f" (byte {found[1]})" if found else ""


def _tokens(source: bytes) -> Iterator[tuple[int, int]]:
    """The ranges of the strings, brackets and literals of a JSON text, in order."""
    at = 0
    while (start := source.find(b'"', at)) >= 0:
        for plain in _PLAIN.finditer(source, at, start):
            yield plain.span()
        at = _closing(source, start) + 1
        yield start, at
    for plain in _PLAIN.finditer(source, at):
        yield plain.span()


def _closing(source: bytes, start: int) -> int:
    """Where a string ends: at the first quote with an even number of backslashes before it."""
    end = source.find(b'"', start + 1)
    while source[end - 1] == _BACKSLASH:
        before = end - 1
        while source[before] == _BACKSLASH:
            before -= 1
        if (end - before) % 2:
            break
        end = source.find(b'"', end + 1)
    return end


class _Builder:
    """Puts the values that were decoded and the tokens of the source together.

    Where a key stands twice, what was decoded has fewer values than the source has tokens;
    sooner or later the two part.
    """

    def __init__(self, source: bytes) -> None:
        self._source, self._tokens, self._at = source, list(_tokens(source)), 0

    @property
    def is_done(self) -> bool:
        """Whether no token is left."""
        return self._at == len(self._tokens)

    def _next(self, opening: bytes) -> tuple[int, int]:
        """The range of the next token, which must begin with a mark."""
        span = self._any()
        if self._source[span[0]] != opening[0]:
            raise BodyError(_TWICE)
        return span

    def _any(self) -> tuple[int, int]:
        if self.is_done:
            raise BodyError(_TWICE)
        self._at += 1
        return self._tokens[self._at - 1]

    def node(self, value: object, depth: int) -> Node:
        """The node of a decoded value, from the tokens that come next."""
        if isinstance(value, str):
            return Node(value, *self._next(b'"'))
        if isinstance(value, dict):
            return self._object(cast(dict[str, object], value), depth + 1)
        if isinstance(value, list):
            return self._array(cast(list[object], value), depth + 1)
        start, end = self._any()
        token = self._source[start:end]
        if token[0] in b'"{}[]':
            raise BodyError(_TWICE)
        is_plain = value is None or isinstance(value, bool)
        return Node(value if is_plain else Number(token.decode()), start, end)

    def _object(self, value: dict[str, object], depth: int) -> Node:
        start = self._opened(b"{", depth)
        fields: dict[str, Node] = {}
        keys: list[Node] = []
        for key, member in value.items():
            keys.append(Node(key, *self._next(b'"')))
            fields[key] = self.node(member, depth)
        node = Node(None, start, self._next(b"}")[1])
        node.fields, node.keys = fields, keys
        return node

    def _array(self, value: list[object], depth: int) -> Node:
        start = self._opened(b"[", depth)
        items = [self.node(member, depth) for member in value]
        node = Node(None, start, self._next(b"]")[1])
        node.items = items
        return node

    def _opened(self, mark: bytes, depth: int) -> int:
        if depth > MAX_DEPTH:
            raise BodyError(_TOO_DEEP)
        return self._next(mark)[0]


class Edits:
    """Changes of one document: ranges of its source, each with what stands there instead."""

    def __init__(self, document: Document) -> None:
        self._source = document.source
        self._changes: dict[int, tuple[int, bytes]] = {}
        self._inserted: dict[int, bytes] = {}

    def __bool__(self) -> bool:
        return bool(self._changes or self._inserted)

    def put(self, start: int, end: int, new: bytes) -> None:
        """Write something in place of a range; what was to change inside it, does not."""
        inside = [at for at in self._changes if start <= at < end]
        for at in inside:
            del self._changes[at]
        self._changes[start] = end, new

    def put_text(self, node: Node, text: str) -> None:
        """Write a string in place of a value or key."""
        self.put(node.start, node.end, _encode(text))

    def insert(self, at: int, new: bytes) -> None:
        """Write something before a place, behind what was inserted there."""
        self._inserted[at] = self._inserted.get(at, b"") + new

    def drop(self, parent: Node, names: Collection[str]) -> None:
        """Leave out members of an object, with their commas."""
        keys, members = parent.keys or [], list((parent.fields or {}).items())
        is_first = True
        for place, (name, node) in enumerate(members):
            if name not in names:
                is_first = False
            elif not is_first:
                self.put(members[place - 1][1].end, node.end, b"")
            else:
                end = keys[place + 1].start if place + 1 < len(keys) else node.end
                self.put(keys[place].start, end, b"")

    def rendered(self, start: int = 0, end: int | None = None) -> bytes:
        """The source, or a range of it, with the changes."""
        end = len(self._source) if end is None else end
        if not self:
            return self._source[start:end]
        pieces: list[bytes] = []
        at = start
        for place in sorted({*self._changes, *self._inserted}):
            if at <= place < end:
                until, new = self._changes.get(place, (place, b""))
                pieces += (self._source[at:place], self._inserted.get(place, b""), new)
                at = until
        pieces.append(self._source[at:end])
        return b"".join(pieces)


def as_json(value: object) -> bytes:
    """A value as JSON."""
    return _encode(value)


def from_json(data: bytes) -> object:
    """The values of a JSON text that `read` took."""
    return _decode(data)
