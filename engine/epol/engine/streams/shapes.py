"""Events that differ only in their piece of text, which is most of them.

What was once read from an event holds for each one of its shape: the same JSON but for the piece
of text and for what identifies or counts events.  To see that takes a tenth of the time of reading.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from epol.engine.streams.source import Path, Source
from epol.engine.streams.steps import Key, Numbered, Once, Step, Text, Unwritten

MOST = 8
"""Shapes that are kept for one stream."""

_FREE = frozenset(
    "created created_at id item_id obfuscation sequence_number system_fingerprint".split()
)
"""What identifies or counts: no step looks at it, and it goes out as it came.

Only where there is no `output_index` is `item_id` what a text is known by.
"""

_PLAIN = r'[^"\\\x00-\x1f]*'
_TEXT = rf'("{_PLAIN}(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{{4}}){_PLAIN})*")'
_STRING = f'"{_PLAIN}"'
_NUMBER = "-?[0-9]{1,15}"
_COUNTER = "([0-9]{1,15})"


class Piece(NamedTuple):
    """A piece of text in an event of a known shape, and the event's number if it has one."""

    key: Key
    text: str
    place: tuple[int, int]
    number: tuple[int, int] | None


class _Shape(NamedTuple):
    name: str
    key: Key
    pattern: re.Pattern[str]
    text: int
    number: int | None


class Shapes:
    """The shapes of a stream's events."""

    def __init__(self) -> None:
        self._known: list[_Shape] = []

    def match(self, data: str, name: str) -> Piece | None:
        """The piece of text of an event whose shape is known."""
        for shape in self._known:
            found = shape.pattern.fullmatch(data) if shape.name == name else None
            if found is not None:
                text = found[shape.text]
                plain = text[1:-1] if "\\" not in text else json.loads(text)
                number = None if shape.number is None else found.span(shape.number)
                return Piece(shape.key, plain, found.span(shape.text), number)
        return None

    def learn(
        self, source: Source, name: str, steps: Collection[Step], edited: Collection[Path]
    ) -> None:
        """Keep the shape of an event, if nothing in it but one piece of text asks for work."""
        texts = [step for step in steps if isinstance(step, Text)]
        numbers = [step.path for step in steps if isinstance(step, Numbered)]
        if len(texts) != 1 or len(self._known) >= MOST:
            return
        if not all(map(_is_constant, steps)):
            return
        path, once = texts[0].path, {step.path for step in steps if isinstance(step, Once)}
        # What is a text of its own must have gone out as it came, and so is in the shape itself.
        if any(each in once for each in edited):
            return
        holes = list(_holes(source, path, numbers, once))
        order = [at for at, (_, _, kind) in enumerate(holes) if kind in {_TEXT, _COUNTER}]
        kinds = [holes[at][2] for at in order]
        number = kinds.index(_COUNTER) + 1 if _COUNTER in kinds else None
        pattern = re.compile(_pattern(source.data, holes))
        text = kinds.index(_TEXT) + 1
        self._known.append(_Shape(name, texts[0].key, pattern, text, number))


def _is_constant(step: Step) -> bool:
    """Whether all that a step asks for is in the shape itself, or its piece of text, or a count.

    Keys are in it; numbers may differ.
    """
    if isinstance(step, Unwritten):
        return not step.text.lstrip("-").isdecimal()
    return isinstance(step, Text | Numbered | Once)


_Hole = tuple[int, int, str]


def _holes(
    source: Source, text: Path, numbers: Collection[Path], once: Collection[Path]
) -> Iterator[_Hole]:
    """The places that may differ, in order, with what may stand there."""
    free = _FREE if ("output_index",) in source.places else _FREE - {"item_id"}
    for path, (start, end) in sorted(source.places.items(), key=lambda each: each[1]):
        first = source.data[start]
        if path == text:
            yield start, end, _TEXT
        elif path in numbers:
            yield start, end, _COUNTER
        elif path and path[-1] in free and path not in once:
            if first == '"':
                yield start, end, _STRING
            elif first in "-0123456789" and source.data[start:end].lstrip("-").isdecimal():
                yield start, end, _NUMBER


def _pattern(data: str, holes: Collection[_Hole]) -> str:
    parts, at = list[str](), 0
    for start, end, pattern in holes:
        parts += re.escape(data[at:start]), pattern
        at = end
    parts.append(re.escape(data[at:]))
    return "".join(parts)
