"""Streams of OpenAI's chat completions, and of what speaks the same: one event a chunk.

A chunk has choices, each with a `delta`: strings in it are pieces of texts, those of `tool_calls`
pieces of arguments.  A choice ends with its `finish_reason`, the stream with `[DONE]`.
"""

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
    Step,
    Text,
    Without,
    index_of,
    items,
    members,
    no_arguments,
    text_of,
)

DONE = "[DONE]"
REPEATS = False

NO_TEXT = frozenset(
    """
    id object created model system_fingerprint service_tier usage timings obfuscation provider
    finish_reason native_finish_reason index type format
    """.split()
)

_OLD_CALL = -1
"""The index of the one call that `function_call` is."""


def steps(source: Source, _name: str) -> Iterator[Step]:
    """See `api.Api`."""
    value = members(source.value)
    if not value and source.value != {}:
        raise StreamError("an event of the stream is no object")
    if value.get("error"):
        yield Broken()
    for at, choice in enumerate(items(value.get("choices"))):
        yield from _choice(members(choice), ("choices", at), at)


def _choice(choice: Mapping[str, object], path: Path, at: int) -> Iterator[Step]:
    key: Key = ("choice", index_of(choice.get("index"), at))
    for name, value in choice.items():
        if name == "delta":
            yield from _delta(members(value), (*path, name), key)
        elif name == "logprobs" and value is not None:
            # They repeat the text, in pieces and in bytes.
            yield Without((*path, name), "null")
        elif name == "text" and isinstance(value, str):
            yield Text((*key, name), (*path, name))
        elif name == "message":
            no_arguments(members(value).get("tool_calls") or members(value).get("function_call"))
    if choice.get("finish_reason"):
        yield End(key)


def _delta(delta: Mapping[str, object], path: Path, key: Key) -> Iterator[Step]:
    for name, value in delta.items():
        here = (*path, name)
        if name == "tool_calls":
            no_arguments(members(value))
            for at, item in enumerate(items(value)):
                call = members(item)
                index = index_of(call.get("index"), at)
                for kind, argument in _CALLS:
                    yield from _call(
                        call,
                        members(call.get(kind)),
                        argument,
                        (*here, at, kind),
                        (*key, "call", index),
                    )
        elif name == "function_call":
            yield from _call({}, members(value), "arguments", here, (*key, "call", _OLD_CALL))
        elif name != "role":
            yield from _texts(value, here, (*key, name))


_CALLS = (("function", "arguments"), ("custom", "input"))
"""Kinds of tools, and what the text for them is called: JSON, or any."""


def _texts(value: object, path: Path, key: Key) -> Iterator[Step]:
    """All strings of a value are pieces of texts, each of the one at its place."""
    if isinstance(value, str):
        yield Text(key, path)
    for name, member in members(value).items():
        if name not in NO_TEXT:
            yield from _texts(member, (*path, name), (*key, name))
    for at, item in enumerate(items(value)):
        index = index_of(members(item).get("index"), at)
        yield from _texts(item, (*path, at), (*key, index))


def _call(
    call: Mapping[str, object], tool: Mapping[str, object], argument: str, path: Path, key: Key
) -> Iterator[Step]:
    """A tool call, or more of it."""
    if tool:
        yield Call(key, text_of(tool.get("name")), text_of(call.get("id")))
    if isinstance(tool.get(argument), str):
        yield Arguments(key, (*path, argument))
    else:
        no_arguments(tool.get(argument))


def flushed(key: Key, last: object, text: str, _number: int) -> bytes:
    """See `api.Api`."""
    index, name, *inner = key[1:]
    value: object = text
    if name == "call":
        delta = _call_delta(cast(int, inner[0]), last, cast(int, index), text)
    else:
        for part in reversed(inner):
            value = {part: value} if isinstance(part, str) else [{"index": part, **members(value)}]
        delta = {cast(str, name): value}
    kept = {n: each for n, each in members(last).items() if n not in {"choices", "usage"}}
    is_old = name == "text" and any("text" in members(c) for c in items(members(last)["choices"]))
    choice = {"index": index, **(delta if is_old else {"delta": delta}), "finish_reason": None}
    return written(json.dumps({**kept, "choices": [choice]}, ensure_ascii=True))


def _call_delta(at: int, last: object, index: int, text: str) -> dict[str, object]:
    if at == _OLD_CALL:
        return {"function_call": {"arguments": text}}
    is_custom = any(
        "custom" in members(call)
        for choice in items(members(last).get("choices"))
        if members(choice).get("index", 0) == index
        for call in items(members(members(choice).get("delta")).get("tool_calls"))
    )
    part = {"custom": {"input": text}} if is_custom else {"function": {"arguments": text}}
    return {"tool_calls": [{"index": at, **part}]}


def error(message: str, _number: int, *, is_refusal: bool) -> bytes:
    """See `api.Api`."""
    kind = "policy_refusal" if is_refusal else "stream_error"
    body = (
        f'{{"error":{{"message":{string(message)},"type":"{kind}","param":null,"code":"{kind}"}}}}'
    )
    return written(body) + written(DONE)
