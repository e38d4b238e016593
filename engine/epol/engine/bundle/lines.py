"""JSON objects as lines: of the decision log, and of whatever else is written line by line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

T = TypeVar("T")

encode_line: Callable[[object], bytes] = msgspec.json.Encoder().encode
"""A value as JSON without white space, keys in their order."""


def encode_fields(fields: dict[str, object]) -> bytes:
    """The inside of a JSON object: its keys and values, without the braces."""
    return encode_line(fields)[1:-1]


def decode_object(data: bytes, kind: type[T]) -> T | None:
    """What a line denotes, keys that `kind` does not have left out; None if it is none."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
