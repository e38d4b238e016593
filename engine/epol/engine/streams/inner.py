"""JSON inside a string of an answer, its texts read one by one."""

from __future__ import annotations

import json
from collections.abc import Callable

from epol.engine.errors import StreamError
from epol.engine.streams.source import Source, string


def with_texts(written: str, change: Callable[[str], str]) -> str:
    """Some JSON with each of its strings changed; what is no JSON is changed as one text.

    Raises `StreamError` where a number or a key would have to be changed.
    """
    try:
        source = Source(written)
    except StreamError:
        return change(written)
    made, at = list[str](), 0
    for path, (start, end) in sorted(source.places.items(), key=lambda each: each[1]):
        raw = written[start:end]
        if path and isinstance(path[-1], str):
            _must_stay(path[-1], change)
        if raw.startswith('"'):
            text: str = json.loads(raw)
            new = change(text)
            made += written[at:start], raw if new == text else string(new)
            at = end
        elif not raw.startswith(("{", "[")):
            _must_stay(raw, change)
    return "".join((*made, written[at:]))


def _must_stay(text: str, change: Callable[[str], str]) -> None:
    if change(text) != text:
        raise StreamError("a number or a key of an answer would have to be treated")
