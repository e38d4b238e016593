"""Bodies in the form in which a program has them: bytes, text, or JSON values."""

from __future__ import annotations

from typing import TypeVar, cast

from epol.engine.bodies.document import as_json, from_json
from epol.engine.errors import BodyError

Body = bytes | str | dict[str, object] | list[object]
"""A body as it is sent, or the JSON values that it has."""

Form = TypeVar("Form", bytes, str, dict[str, object], list[object])


def bytes_of(body: object) -> bytes:
    """A body as it is sent.  Raises `BodyError` for what no JSON can be."""
    if isinstance(body, bytes | bytearray):
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
    return cast(Form, written_as(form_of(body), data))


def form_of(body: Body) -> type[Body]:
    """The form in which a body is given."""
    return str if isinstance(body, str) else dict if isinstance(body, dict | list) else bytes


def written_as(form: type[Body], data: bytes) -> Body:
    """What is sent, in a form."""
    if form is str:
        return data.decode("utf-8")
    return data if form is bytes else cast(Body, from_json(data))
