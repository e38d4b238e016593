"""Gathers the runs of a body: every string that a model or a tool could read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from epol.engine.bodies.document import read
from epol.engine.bodies.node import Float, Node
from epol.engine.bodies.parts import Draft, Part, Run, Source, single
from epol.engine.bodies.payload import LEAST_SEALED, is_bytes, is_data_url
from epol.engine.bodies.vocabulary import KEYS, SEALED, is_model, is_word
from epol.engine.errors import BodyError

LEAST_DIGITS = 5
"""A number with fewer digits that stands alone identifies nobody, and is most often a setting."""

MOST_NESTED = 4
"""JSON in a string in JSON …: deeper down it is text, and is counted as opaque."""

_MOST_DIGITS = 40
_DIGIT = re.compile(r"\d")


class Collector:
    """What one body says, run by run, in the order in which it is read.

    `opaque` counts parts that no detector reads, `images` those that are images.  `echoes` say
    a text again in pieces (log probabilities), in which nothing is found.
    """

    def __init__(self, body: Source) -> None:
        self.body = body
        self.runs: list[Run] = []
        self.echoes: list[Node] = []
        self.opaque = 0
        self.images = 0

    def texts(self, role: str, nodes: Iterable[Node]) -> None:
        """Strings that are read as one, one after the other.

        JSON stays apart, so that it stays JSON: its brackets let no value go on behind it.
        """
        draft = Draft()
        for node in nodes:
            text = node.value
            if type(text) is str and text:
                part = Part(self.body, node, text)
                if self.is_left_out(node.key, text) or self.nested(role, part):
                    self._take(draft.run(role))
                    draft = Draft()
                else:
                    draft.part(part)
        self._take(draft.run(role))

    def members(self, role: str, node: Node) -> Iterator[tuple[str, Node]]:
        """The members of an object; its free keys are taken, and words of the API left out.

        What is no object is taken whole, whatever it is.
        """
        fields = node.fields
        if fields is None:
            self.everything(role, node)
            return
        for key, value in fields.items():
            if key and key not in KEYS:
                self.runs.append(single(role, Part(self.body, node.name_of(key), key)))
            if type(value) is not str or not _is_ours(key, value):
                yield key, Node(value, node, key)

    def everything(self, role: str, node: Node, *, is_counted: bool = False) -> None:
        """All below a node, as one run: what names a value is then beside it.

        Bytes are left out; `is_counted` says that they are part of what is counted as opaque
        already.
        """
        self._below(role, self.body, node, is_counted=is_counted)

    def echo(self, role: str, node: Node) -> None:
        """What says a text again: it is read as well as it can be."""
        if node.value is not None:
            self.echoes.append(node)
            self.everything(role, node)

    def _below(self, role: str, source: Source, node: Node, *, is_counted: bool = False) -> None:
        value = node.value
        if type(value) is str:
            if not self.is_left_out(node.key, value, is_counted=is_counted):
                self._string(role, Part(source, node, value))
        elif type(value) is dict or type(value) is list:
            draft = Draft()
            _Writer(self, role, source, draft, is_counted=is_counted).container(node)
            self._take(draft.run(role))
        else:
            text = number(value)
            if text is not None and is_long(text):
                self.runs.append(single(role, Part(source, node, text)))

    def _take(self, run: Run | None) -> None:
        if run is not None:
            self.runs.append(run)

    def _string(self, role: str, part: Part) -> None:
        if part.text and not self.nested(role, part):
            self.runs.append(single(role, part))

    def nested(self, role: str, part: Part) -> bool:
        """Take what is in a string that is a JSON object or array, so that it stays JSON.

        Whether it is one; in what is too deep, there may be more than anybody reads.
        """
        if part.text[:1] not in _OPENING:
            return False
        inner = inside(part)
        if inner is None:
            return False
        if inner.depth > MOST_NESTED:
            self.opaque += 1
            return False
        self._below(role, inner, inner.root)
        return True

    def is_left_out(self, key: str | int, text: str, *, is_counted: bool = False) -> bool:
        """Whether a string is bytes that nobody reads.

        They count as opaque, if not `is_counted` already; so does what looks like a file and is
        scanned all the same, for it stands where text is meant to be.
        """
        if len(text) < LEAST_SEALED and not text.startswith("data:"):
            return False
        if is_data_url(text):
            self.opaque += not is_counted
            return True
        if key in SEALED:
            return is_bytes(text, LEAST_SEALED)
        if not is_bytes(text):
            return False
        self.opaque += not is_counted
        return is_counted


_OPENING = ("{", "[", " ", "\n", "\t", "\r")


class _Writer:
    """Writes what is in an object or array as a run, in the manner of JSON, without escapes.

    Members stand on lines of their own, so that few patterns go on from one to the next.
    """

    def __init__(
        self, found: Collector, role: str, source: Source, draft: Draft, *, is_counted: bool
    ) -> None:
        self._found, self._role, self._source, self._draft = found, role, source, draft
        self._is_counted = is_counted

    def container(self, node: Node, before: str = "") -> None:
        """An object or array, behind some words."""
        fields, draft = node.fields, self._draft
        if fields is None:
            words = before + "["
            for at, value in enumerate(node.items or ()):
                words = self._value(node, at, value, words)
            draft.word(words + "]")
            return
        words = before + "{"
        for key, value in fields.items():
            if key in KEYS or not key:
                words += f'"{key}": '
            else:
                draft.word(words + '"')
                draft.part(Part(self._source, node.name_of(key), key))
                words = '": '
            words = self._value(node, key, value, words)
        draft.word(words + "}")

    def _value(self, parent: Node, key: str | int, value: object, before: str) -> str:
        """A value, behind some words; the words that follow it."""
        kind = type(value)
        if kind is str:
            return self._string(parent, key, str(value), before)
        if kind is dict or kind is list:
            self.container(Node(value, parent, key), before)
            return _NEXT
        text = number(value)
        if text is None:
            return f"{before}null{_NEXT}"
        self._draft.word(before)
        self._draft.part(Part(self._source, Node(value, parent, key), text))
        return _NEXT

    def _string(self, parent: Node, key: str | int, text: str, before: str) -> str:
        found = self._found
        if not text or (type(key) is str and is_word(key, text)):
            return f'{before}"{text}"{_NEXT}'
        if found.is_left_out(key, text, is_counted=self._is_counted):
            return f'{before}""{_NEXT}'
        part = Part(self._source, Node(text, parent, key), text)
        if found.nested(self._role, part):
            return f'{before}""{_NEXT}'
        self._draft.word(before + '"')
        self._draft.part(part)
        return '"' + _NEXT


_NEXT = ",\n"


def number(value: object) -> str | None:
    """A number without exponent, or a truth value, as JSON has it; None of anything else."""
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is int:
        return str(value)
    return _without_exponent(value.text) if type(value) is Float else None


def _without_exponent(text: str) -> str:
    """A number digit by digit, if it has not too many, so that detectors know its form."""
    if "e" not in text and "E" not in text:
        return text
    exact = Decimal(text)
    if abs(exact.adjusted()) > _MOST_DIGITS:
        return text
    digits = f"{exact:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def is_long(text: str) -> bool:
    """Whether a number has so many digits that it may identify somebody by itself."""
    return len(text) >= LEAST_DIGITS and len(_DIGIT.findall(text)) >= LEAST_DIGITS


def _is_ours(key: str, value: str) -> bool:
    """Whether a value is one of the API's own words, or the name of a model."""
    return is_word(key, value) or (key == "model" and is_model(value))


def inside(part: Part) -> Source | None:
    """The document in a string; None where it is no JSON object or array.

    A text with a key twice in one object is none, and is read as text.
    """
    text = part.text
    if text.lstrip(" \n\t\r")[:1] not in ("{", "["):
        return None
    try:
        return Source(read(text.encode("utf-8")), part.source, part.node)
    except BodyError:
        return None
