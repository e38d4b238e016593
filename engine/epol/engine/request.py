"""A request, as the program that embeds the engine gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from epol.engine.errors import RequestError

FLOWS = ("request", "response", "tool_call")
ROLES = ("system", "user", "assistant", "tool")
_KEYS = ("flow", "target", "attributes", "labels", "text")

Counts = Mapping[str, int] | int | None
"""Spans of a label: by role, of the user, or None where it is unknown."""


@dataclass(frozen=True, slots=True)
class Request:
    """Facts about one request, with the values that JSON would have.

    Durations, money and sizes are literals in strings (`"4ms"`), ints and ratios numbers,
    sets arrays; None is not given.  `text` holds (role, text) pairs or objects with `role`
    (else user) and `text`.  `labels` is for asking "what if": it replaces what a scan
    finds.  Off the flow `request`, `target` names the model that produced the content.
    """

    # What a program logs of a request by mistake has none of its content.
    attributes: Mapping[str, object] = field(default_factory=dict[str, object], repr=False)
    text: Sequence[tuple[str, str] | Mapping[str, str]] = field(default=(), repr=False)
    labels: Mapping[str, Counts] = field(default_factory=dict[str, Counts])
    flow: str = "request"
    target: str | None = None

    @classmethod
    def from_json(cls, obj: object) -> Request:
        """The request that a JSON object denotes.

        Names and values are judged when it is decided, under a policy.  Raises
        `RequestError` for what is not an object of the right keys.
        """
        if not isinstance(obj, dict):
            raise RequestError("the request: an object is wanted here")
        top = cast(dict[str, Any], obj)
        for key in top:
            if key not in _KEYS:
                raise RequestError(f"the request has a key that is none of {', '.join(_KEYS)}")
        return cls(
            attributes=_object(top, "attributes"),
            text=_array(top, "text"),
            labels=_object(top, "labels"),
            flow=top.get("flow", "request"),
            target=top.get("target"),
        )


def _object(top: dict[str, Any], key: str) -> dict[str, Any]:
    value = top.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RequestError(f"{key}: an object is wanted here")
    return cast(dict[str, Any], value)


def _array(top: dict[str, Any], key: str) -> list[Any]:
    value = top.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise RequestError(f'{key}: an array of {{"role": …, "text": …}} is wanted here')
    return cast(list[Any], value)
