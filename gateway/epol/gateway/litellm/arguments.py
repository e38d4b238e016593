"""The arguments of a call of LiteLLM: which of them make up the body that a model gets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec

from epol.engine import BodyError
from epol.gateway.litellm.door import is_litellm_owned_kwarg
from epol.gateway.problems import ProblemError

Arguments = Mapping[str, Any]

APIS = {
    "acompletion": "openai.chat",
    "aembedding": "openai.embeddings",
    "aresponses": "openai.responses",
    "anthropic_messages": "anthropic.messages",
}
"""The engine's names of APIs, by LiteLLM's name of the call."""
METADATA = {
    "acompletion": "metadata",
    "aembedding": "metadata",
    "aresponses": "litellm_metadata",
    "anthropic_messages": "litellm_metadata",
}
"""The argument in which LiteLLM keeps what it knows of a request; `metadata` is else the API's."""
_OF_THE_CALL = frozenset(["model", "timeout", "drop_params"])
"""Arguments that LiteLLM reads and whose values are no content."""
_MAY_BE_ASKED = frozenset(
    [
        *("cache", "fallbacks", "guardrails", "litellm_metadata", "litellm_session_id"),
        *("litellm_trace_id", "metadata", "no-log", "num_retries", "request_timeout", "tags"),
    ]
)
"""What callers may say to LiteLLM itself: none of it changes what a model gets, or where it is."""
_OF_THE_PROXY = frozenset(
    [
        *("api_key", "litellm_call_id", "litellm_logging_obj", "model_info", "order"),
        *("proxy_server_request", "secret_fields", "shared_session", "stream_timeout"),
    ]
)
"""What the proxy itself adds to the arguments before anybody sees them."""
_BEHIND = frozenset(["base_url", "extra_body", "extra_headers", "extra_query", "vector_store_ids"])
"""What is sent, or changes what is sent, behind the treatment."""


def part(arguments: Arguments | None, name: str) -> dict[str, Any]:
    """An argument that is an object; empty where there is none."""
    found = None if arguments is None else arguments.get(name)
    return cast(dict[str, Any], found) if isinstance(found, dict) else {}


def body_of(arguments: Arguments, call: str) -> dict[str, Any]:
    """What of the arguments of a call makes up the body, but for the model's name."""
    own = METADATA[call]
    found = {name: value for name, value in arguments.items() if _is_sent(name, own)}
    if found.get("stream") is False:
        del found["stream"]
    return found


def _is_sent(name: str, own: str) -> bool:
    if name == "metadata":
        return own != "metadata"
    return name not in _OF_THE_CALL and not is_litellm_owned_kwarg(name)


def with_body(arguments: Arguments, call: str, body: bytes) -> dict[str, Any]:
    """The arguments of a call with another body."""
    own = METADATA[call]
    kept = {
        name: value
        for name, value in arguments.items()
        if name == "stream" or not _is_sent(name, own)
    }
    made: dict[str, Any] = msgspec.json.decode(body)
    return {**kept, **made}


def written(body: Mapping[str, Any]) -> bytes:
    """A body as JSON.  Raises `BodyError` for what is none."""
    return _written(body, None)


def identity(body: Mapping[str, Any]) -> bytes:
    """What bodies that say the same have in common, in whichever order they say it."""
    return _written(body, "sorted")


def _written(body: Mapping[str, Any], order: Any) -> bytes:  # noqa: ANN401 (a literal of msgspec's)
    try:
        return msgspec.json.encode(body, order=order)
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError):
        raise BodyError("the body cannot be written as JSON") from None


def check_asked(data: Arguments, body: Iterable[str]) -> None:
    """Raise `ProblemError` for what a caller may not ask of LiteLLM: in a body, or by headers."""
    own = {name for name in data if name.startswith("_")} | _OF_THE_PROXY
    for name in [*body, *(name for name in data if name not in own)]:
        if name in _BEHIND or (is_litellm_owned_kwarg(name) and name not in _MAY_BE_ASKED):
            shown = name if name.isidentifier() and len(name) <= 64 else "this"
            raise ProblemError(
                400,
                "bad-request",
                f"callers may not give `{shown}`: it changes what is sent, or where, behind epol",
            )
