"""Answers as LiteLLM has them, made into what the API sends, and back."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from typing import Any, Protocol, TypeGuard, cast

import msgspec

from epol.engine import BodyError
from epol.gateway.litellm.arguments import written
from epol.gateway.litellm.door import ModelResponseStream

_DONE = b"data: [DONE]\n\n"
_OF_LITELLM = "_hidden_params"


class Model(Protocol):
    """An answer as an object with fields (pydantic's)."""

    def model_dump(self, **how: object) -> dict[str, Any]:
        """Its fields, as values of Python or, with mode="json", of JSON."""
        ...


def _is_model(answer: object) -> TypeGuard[Model]:
    return hasattr(answer, "model_dump")


def deployment_of(answer: object) -> object:
    """The id of the deployment whose answer it is, if LiteLLM says so."""
    hidden = getattr(answer, _OF_LITELLM, None)
    if isinstance(answer, dict):
        hidden = cast(dict[str, object], answer).get(_OF_LITELLM)
    return cast(dict[str, object], hidden).get("model_id") if isinstance(hidden, dict) else None


def as_bytes(answer: object) -> bytes:
    """A whole answer as JSON.  Raises `BodyError` for what is none."""
    if _is_model(answer):
        return written(answer.model_dump(mode="json"))
    if isinstance(answer, dict):
        fields = cast(dict[str, object], answer)
        return written({k: v for k, v in fields.items() if k != _OF_LITELLM})
    raise BodyError("the answer is no object")


def like(answer: object, body: bytes) -> object:
    """A whole answer of the same kind that says something else."""
    fields: dict[str, Any] = msgspec.json.decode(body)
    if isinstance(answer, dict):
        kept = cast(dict[str, object], answer)
        return {**fields, **{k: v for k, v in kept.items() if k == _OF_LITELLM}}
    made = type(answer)(**fields)
    if hasattr(answer, _OF_LITELLM):
        setattr(made, _OF_LITELLM, getattr(answer, _OF_LITELLM))
    return made


async def as_events(pieces: AsyncIterable[object], *, ends: bool) -> AsyncGenerator[bytes]:
    """The pieces of a streamed answer as server-sent events.

    `ends`: with the one that ends chats of OpenAI's, which LiteLLM itself adds later.  Pieces that
    break off just end; whoever reads them ends the answer as one that is cut short.
    """
    source = aiter(pieces)
    try:
        while True:
            try:
                piece = await anext(source)
            except StopAsyncIteration:
                break
            except Exception:  # noqa: BLE001 (its words are a target's)
                return
            yield event_of(piece)
        if ends:
            yield _DONE
    finally:
        await close(source)


def event_of(piece: object) -> bytes:
    """A piece of a streamed answer as it is sent.  Raises `BodyError` for what is none."""
    if isinstance(piece, bytes):
        return piece
    if isinstance(piece, str):
        return piece.encode()
    if _is_model(piece):
        fields = piece.model_dump(mode="json", exclude_none=True, exclude_unset=True)
    elif isinstance(piece, dict):
        fields = cast(dict[str, Any], piece)
    else:
        raise BodyError("a piece of the answer is no object")
    kind = fields.get("type")
    head = b"" if not isinstance(kind, str) else f"event: {kind}\n".encode()
    return head + b"data: " + written(fields) + b"\n\n"


async def chat_pieces(events: AsyncIterator[bytes]) -> AsyncGenerator[object]:
    """The events of a treated chat as LiteLLM has them: objects, and an error as it is sent."""
    async for event in whole_events(events):
        for line in event.splitlines():
            said = line.removeprefix(b"data:").strip()
            if said == line or not said or said == b"[DONE]":
                continue
            fields: dict[str, Any] = msgspec.json.decode(said)
            if "error" in fields:
                yield f"data: {said.decode()}\n\n"
                return
            yield ModelResponseStream(**fields)


async def whole_events(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    """Chunks of events, cut behind each event.  What comes out of the engine ends in LF LF."""
    held = b""
    async for chunk in chunks:
        *whole, held = (held + chunk).split(b"\n\n")
        for each in whole:
            yield each + b"\n\n"
    if held:
        yield held


async def close(source: object) -> None:
    """Give up what is left of an iterator."""
    closing = getattr(source, "aclose", None)
    if closing is not None:
        await closing()
