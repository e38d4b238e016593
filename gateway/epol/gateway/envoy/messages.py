"""What Envoy and an external processor say to each other: the only place that imports it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

REQUEST_HEADERS, REQUEST_BODY = "request_headers", "request_body"
RESPONSE_HEADERS, RESPONSE_BODY = "response_headers", "response_body"
REQUEST_TRAILERS, RESPONSE_TRAILERS = "request_trailers", "response_trailers"

_HEADERS = (REQUEST_HEADERS, RESPONSE_HEADERS)
_BODIES = (REQUEST_BODY, RESPONSE_BODY)
_TRAILERS = (REQUEST_TRAILERS, RESPONSE_TRAILERS)

# Generated code, which ships no types.
_pb: Any = import_module("envoy.service.ext_proc.v3.external_processor_pb2")
_core: Any = import_module("envoy.config.core.v3.base_pb2")
_mode: Any = import_module("envoy.extensions.filters.http.ext_proc.v3.processing_mode_pb2")
_set: int = _core.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD
_names: Mapping[int, str] = {n: name for name, n in _mode.ProcessingMode.BodySendMode.items()}

BUFFERED, FULL_DUPLEX = "BUFFERED", "FULL_DUPLEX_STREAMED"
"""How bodies come: whole, or in pieces that may be answered by other pieces at another time."""

Fields = Sequence[tuple[bytes, bytes]]


class UnreadableMessageError(Exception):
    """It is no message of Envoy, or one that is not known."""


@dataclass(frozen=True, slots=True)
class Modes:
    """How Envoy says it sends bodies; `only_observes` where it does not wait for answers."""

    request: str
    response: str
    only_observes: bool


@dataclass(frozen=True, slots=True)
class Came:
    """One message of Envoy: `is_last` where nothing of its request or answer follows."""

    kind: str
    fields: Fields = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    is_last: bool = False
    modes: Modes | None = None


def read(raw: bytes) -> Came:
    """Raises `UnreadableMessageError`."""
    try:
        message = _pb.ProcessingRequest.FromString(raw)
    except Exception:  # noqa: BLE001 (its words may be the request's)
        raise UnreadableMessageError from None
    kind: str | None = message.WhichOneof("request")
    if kind in _HEADERS:
        said = getattr(message, kind)
        modes = _modes(message) if kind == REQUEST_HEADERS else None
        return Came(kind, _fields(said.headers), is_last=said.end_of_stream, modes=modes)
    if kind in _BODIES:
        said = getattr(message, kind)
        return Came(kind, body=said.body, is_last=said.end_of_stream)
    if kind in _TRAILERS:
        return Came(kind, _fields(getattr(message, kind).trailers), is_last=True)
    raise UnreadableMessageError


def _modes(message: Any) -> Modes | None:  # noqa: ANN401 (generated)
    if not message.HasField("protocol_config"):
        return None
    said = message.protocol_config
    request, response = map(_names.get, (said.request_body_mode, said.response_body_mode))
    if request is None or response is None:
        return None
    return Modes(request, response, only_observes=message.observability_mode)


def _fields(headers: Any) -> Fields:  # noqa: ANN401 (generated)
    return [
        (each.key.encode("latin-1", "replace"), each.raw_value or each.value.encode())
        for each in headers.headers
    ]


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of header fields: the names that go, and the fields that are set."""

    sets: Mapping[str, str]
    removes: Collection[str] = ()


NO_CHANGE = Change({})


def goes_on(kind: str, change: Change = NO_CHANGE, body: bytes | None = None) -> bytes:
    """What Envoy holds may go on: with other header fields, and another body if there is one.

    In a request, the fields may lead it elsewhere.
    """
    made = _pb.ProcessingResponse()
    common = getattr(made, kind).response
    common.SetInParent()
    _change(common, change)
    common.clear_route_cache = kind == REQUEST_BODY
    if body is not None:
        common.body_mutation.body = body
    return _written(made)


def piece(data: bytes, *, is_last: bool) -> bytes:
    """A piece of an answer that goes on in full duplex."""
    made = _pb.ProcessingResponse()
    streamed = made.response_body.response.body_mutation.streamed_response
    streamed.body, streamed.end_of_stream = data, is_last
    return _written(made)


def without_trailers(trailers: Came) -> bytes:
    """Trailers end an answer, but say nothing."""
    made = _pb.ProcessingResponse()
    answer = getattr(made, trailers.kind)
    answer.SetInParent()
    answer.header_mutation.remove_headers.extend(
        name.decode("latin-1") for name, _ in trailers.fields
    )
    return _written(made)


def instead(status: int, headers: Mapping[str, str], body: bytes, details: str) -> bytes:
    """The caller is answered with this, and nothing goes on; `details` is for Envoy's log."""
    made = _pb.ProcessingResponse()
    answer = made.immediate_response
    answer.status.code = status
    _set_all(answer.headers, headers)
    answer.body, answer.details = body, details
    return _written(made)


def _change(common: Any, change: Change) -> None:  # noqa: ANN401 (generated)
    if change.sets or change.removes:
        _set_all(common.header_mutation, change.sets)
        common.header_mutation.remove_headers.extend(change.removes)


def _set_all(mutation: Any, sets: Mapping[str, str]) -> None:  # noqa: ANN401 (generated)
    # Filled in place: made one by one and put together they cost three times as much.
    add = mutation.set_headers.add
    for name, value in sets.items():
        option = add()
        option.append_action = _set
        header = option.header
        header.key, header.raw_value = name, value.encode("latin-1")


def _written(message: Any) -> bytes:  # noqa: ANN401 (generated)
    made: bytes = message.SerializeToString()
    return made
