"""Messages of MCP: JSON-RPC 2.0, and the methods that are known.

<https://modelcontextprotocol.io/specification/2025-11-25>
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import UNSET, Raw, UnsetType

Id = int | str
REFUSED, TOO_LARGE, OVERLOADED = -32000, -32001, -32002
"""Codes for what the policy refuses, and for limits: those that JSON-RPC leaves to a server."""
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INTERNAL_ERROR = -32700, -32600, -32601, -32603
CALL, LIST_TOOLS, INITIALIZE = "tools/call", "tools/list", "initialize"
CANCELLED, PROGRESS = "notifications/cancelled", "notifications/progress"

CLIENT_REQUESTS = frozenset(
    {
        *(INITIALIZE, "ping", LIST_TOOLS, CALL, "prompts/list", "prompts/get"),
        *("resources/list", "resources/templates/list", "resources/read", "resources/subscribe"),
        *("resources/unsubscribe", "completion/complete", "logging/setLevel"),
        *("tasks/get", "tasks/result", "tasks/list", "tasks/cancel"),
    }
)
CLIENT_NOTIFICATIONS = frozenset(
    {
        *("notifications/initialized", CANCELLED, PROGRESS),
        *("notifications/roots/list_changed", "notifications/tasks/status"),
    }
)
SERVER_REQUESTS = frozenset(
    {
        *("ping", "sampling/createMessage", "elicitation/create", "roots/list"),
        *("tasks/get", "tasks/result", "tasks/list", "tasks/cancel"),
    }
)
SERVER_NOTIFICATIONS = frozenset(
    {
        *("notifications/message", CANCELLED, PROGRESS, "notifications/tasks/status"),
        *("notifications/resources/updated", "notifications/resources/list_changed"),
        *("notifications/tools/list_changed", "notifications/prompts/list_changed"),
        "notifications/elicitation/complete",
    }
)


class Message(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A message; what it carries stays as it came."""

    jsonrpc: str = "2.0"
    id: Id | UnsetType | None = UNSET
    method: str | UnsetType = UNSET
    params: Raw | UnsetType = UNSET
    result: Raw | UnsetType = UNSET
    error: Raw | UnsetType = UNSET

    @property
    def is_request(self) -> bool:
        """Whether it wants an answer."""
        return self.method is not UNSET and self.id is not UNSET

    @property
    def is_answer(self) -> bool:
        """Whether it answers a request."""
        return self.method is UNSET


class _Token(msgspec.Struct):
    """Where a request says how its progress is to be told."""

    progress: Id | UnsetType = msgspec.field(default=UNSET, name="progressToken")


class _Params(msgspec.Struct):
    """What of the parameters belongs to the protocol and not to whoever speaks."""

    name: object = None
    request: Id | UnsetType = msgspec.field(default=UNSET, name="requestId")
    progress: Id | UnsetType = msgspec.field(default=UNSET, name="progressToken")
    meta: _Token | UnsetType = msgspec.field(default=UNSET, name="_meta")


_message = msgspec.json.Decoder(Message)
_params = msgspec.json.Decoder(_Params)
_object = msgspec.json.Decoder(dict[str, Raw])
_encoder = msgspec.json.Encoder()


class UnreadableError(Exception):
    """A message is none of MCP; `code` is JSON-RPC's for why."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def read(raw: bytes) -> Message:
    """A message.  Raises `UnreadableError`, also for a batch, which MCP has no more."""
    try:
        found = _message.decode(raw)
    except (msgspec.ValidationError, RecursionError):
        raise UnreadableError(INVALID_REQUEST) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise UnreadableError(PARSE_ERROR) from None
    carries = (found.result is not UNSET) + (found.error is not UNSET)
    is_one = carries == (1 if found.is_answer else 0)
    has_id = found.id is not UNSET and found.id is not None
    if found.jsonrpc != "2.0" or not is_one or (found.id is not UNSET and not has_id):
        raise UnreadableError(INVALID_REQUEST)
    if found.is_answer and (not has_id or found.params is not UNSET):
        raise UnreadableError(INVALID_REQUEST)
    return found


def is_answer(raw: bytes) -> bool:
    """Whether a message is there, and answers another."""
    try:
        return read(raw).is_answer
    except UnreadableError:
        return False


def params_of(message: Message) -> _Params:
    """What the protocol has of a message's parameters.  Raises `UnreadableError`."""
    if message.params is UNSET:
        return _Params()
    try:
        return _params.decode(message.params)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnreadableError(INVALID_REQUEST) from None


def written(message: Message) -> bytes:
    """A message as it is sent, on one line."""
    return _encoder.encode(message)


def with_id(raw: bytes, identity: Id) -> bytes:
    """A message that was treated, with its id."""
    fields = _object.decode(raw)
    return _encoder.encode({"jsonrpc": fields.pop("jsonrpc"), "id": identity, **fields})


def with_params(message: Message, values: Mapping[str, object]) -> Message:
    """A message with some of its parameters changed."""
    fields: dict[str, object] = (
        {} if message.params is UNSET else dict(_object.decode(message.params))
    )
    params = Raw(_encoder.encode({**fields, **values}))
    return msgspec.structs.replace(message, params=params)


def with_token(message: Message, token: Id) -> Message:
    """A request whose progress is told by another token."""
    assert message.params is not UNSET, "it has one"
    meta = _object.decode(_object.decode(message.params)["_meta"])
    return with_params(message, {"_meta": {**meta, "progressToken": token}})


def failure(identity: Id | None, code: int, message: str, data: object = None) -> bytes:
    """An error that answers a request."""
    error = {"code": code, "message": message, **({} if data is None else {"data": data})}
    return _encoder.encode({"jsonrpc": "2.0", "id": identity, "error": error})


def names_of_tools(raw: bytes) -> list[str]:
    """The names in the answer to `tools/list`.  Raises `UnreadableError`."""
    return [each.name for each in _listed(raw).result.tools]


def without_tools(raw: bytes, gone: frozenset[str]) -> bytes:
    """The answer to `tools/list` without some of them."""
    fields = _object.decode(raw)
    result = _object.decode(fields["result"])
    tools = msgspec.json.decode(result["tools"], type=list[Raw])
    kept = [tool for tool, name in zip(tools, names_of_tools(raw), strict=True) if name not in gone]
    return _encoder.encode({**fields, "result": {**result, "tools": kept}})


class _Tool(msgspec.Struct):
    name: str


class _Tools(msgspec.Struct):
    tools: list[_Tool]


class _Listed(msgspec.Struct):
    result: _Tools


_list = msgspec.json.Decoder(_Listed)


def _listed(raw: bytes) -> _Listed:
    try:
        return _list.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnreadableError(INVALID_REQUEST) from None
