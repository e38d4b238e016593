"""Streams of Anthropic's messages: content blocks that begin, grow and end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import cast

from epol.engine.errors import StreamError
from epol.engine.streams.source import Path, Source, string
from epol.engine.streams.sse import written
from epol.engine.streams.steps import (
    Arguments,
    Broken,
    Call,
    End,
    Key,
    Plain,
    Step,
    Text,
    index_of,
    members,
    no_arguments,
    text_of,
)

DONE = None
REPEATS = False

# `signature` and `data` (of thinking that is encrypted) mean something to the API alone.
NO_TEXT = frozenset(
    """
    type id index role model usage stop_reason tool_use_id signature container encrypted_content
    encrypted_index
    """.split()
)
_GROWS = "content_block_delta"


def steps(source: Source, _name: str) -> Iterator[Step]:
    """See `api.Api`."""
    value = members(source.value)
    match value.get("type"):
        case "message_start":
            if members(value.get("message")).get("content"):
                raise StreamError("a message of the stream begins with content")
        case "content_block_start":
            yield from _start(members(value.get("content_block")), _key(value))
        case "content_block_delta":
            yield from _delta(members(value.get("delta")), _key(value))
        case "content_block_stop":
            yield End(_key(value))
        case "message_stop":
            yield End(())
        case "error":
            yield Broken()
        case str():
            pass
        case _:
            raise StreamError("an event of the stream has no type")


def _key(value: Mapping[str, object]) -> Key:
    return "block", index_of(value.get("index"))


def _start(block: Mapping[str, object], key: Key) -> Iterator[Step]:
    kind = text_of(block.get("type"))
    is_answer = kind != "tool_use"
    for name, value in block.items():
        here: Path = ("content_block", name)
        if name == "input" and isinstance(value, dict):
            tool, identity = text_of(block.get("name")), text_of(block.get("id"))
            yield Call((*key, "call"), tool, identity, is_answer)
            if value:
                yield Arguments((*key, "call"), here)
        elif name == "input":
            no_arguments(value)
        elif name == "data" and kind == "redacted_thinking":
            yield Plain(here)
        elif name == kind and isinstance(value, str):
            yield Text((*key, name), here)


def _delta(delta: Mapping[str, object], key: Key) -> Iterator[Step]:
    for name, value in delta.items():
        here: Path = ("delta", name)
        if name == "partial_json" and isinstance(value, str):
            yield Arguments((*key, "call"), here)
        elif name not in NO_TEXT and isinstance(value, str):
            yield Text((*key, name), here)


def flushed(key: Key, _last: object, text: str, _number: int) -> bytes:
    """See `api.Api`."""
    _, index, name = key
    kind, leaf = ("input_json", "partial_json") if name == "call" else (cast(str, name),) * 2
    delta = {"type": f"{kind}_delta", leaf: text}
    return written(json.dumps({"type": _GROWS, "index": index, "delta": delta}), _GROWS)


def error(message: str, _number: int, *, is_refusal: bool) -> bytes:
    """See `api.Api`."""
    kind = "permission_error" if is_refusal else "api_error"
    body = f'{{"type":"error","error":{{"type":"{kind}","message":{string(message)}}}}}'
    return written(body, "error")
