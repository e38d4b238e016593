"""Bodies in the form in which a program has them: bytes, text, or JSON values."""

from __future__ import annotations

from typing import TypeVar, cast

from epol.engine.bodies.document import as_json, from_json
from epol.engine.errors import BodyError

Body = bytes | str | dict[str, object] | list[object]
Form = TypeVar("Form", bytes, str, dict[str, object], list[object])
"""A body as it is sent, or the JSON values that it has."""


def bytes_of(body: object) -> bytes:
    """A body as it is sent.  Raises `BodyError` for what no JSON can be."""
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body)
    try:
        if isinstance(body, str):
            return body.encode("utf-8")
        if isinstance(body, dict | list):
            return as_json(cast(object, body))
    except (TypeError, ValueError, OverflowError, RecursionError):
        raise BodyError("the body cannot be written as JSON in UTF-8") from None
    raise BodyError("a body is bytes, a string, or JSON values")


def like(body: Form, data: bytes) -> Form:
    """What is sent, in the form that another body has."""
    if isinstance(body, str):
        return data.decode("utf-8")
    if isinstance(body, dict | list):
        return cast(Form, from_json(data))
    return data
