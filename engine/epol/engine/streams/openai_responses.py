"""Streams of OpenAI's responses: items of output, whose parts begin, grow and end.

Each text comes in pieces (`….delta`), and then whole: when it is done (`….done`), with its part,
with its item, and with the response.  All of them repeat what went out in the pieces.  Events are
numbered, and an event that is put in between moves the numbers that follow.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from epol.engine.errors import StreamError
from epol.engine.streams.source import Path, Source, string
from epol.engine.streams.sse import written
from epol.engine.streams.steps import (
    Arguments,
    Broken,
    Call,
    Echo,
    End,
    Judged,
    Key,
    Numbered,
    Repeated,
    Step,
    Text,
    Whole,
    Without,
    index_of,
    items,
    members,
    no_arguments,
    text_of,
)

DONE = "[DONE]"
"""The API itself has none, others that speak like it do."""

REPEATS = True

NO_TEXT = frozenset(
    """
    type id object status role model item_id call_id usage format sequence_number obfuscation
    service_tier previous_response_id phase output_index content_index summary_index
    encrypted_content truncation
    """.split()
)
_ECHOES = frozenset(
    """
    instructions tools tool_choice metadata input text prompt reasoning user safety_identifier
    prompt_cache_key
    """.split()
)
"""Members of a response that repeat the request."""

_ARGUMENTS = frozenset(["arguments", "input"])
_WHOLE = frozenset(["text", "refusal", "transcript", "code", "arguments", "input"])
"""What a text is called where it is whole."""

_CALLS = frozenset(["function_call_arguments", "mcp_call_arguments", "custom_tool_call_input"])
_IN_PIECES = frozenset(["function_call", "custom_tool_call", "mcp_call"])
"""Calls whose arguments come in pieces; some servers leave them out until then."""

_IN_ONE = frozenset(["computer_call", "local_shell_call", "shell_call", "apply_patch_call"])
"""Calls whose arguments are objects, which items have and no event brings in pieces."""

_KINDS = {"summary_text": "reasoning_summary_text"}
"""Names of parts that differ from those of the events that bring their text."""

_FAILURES = frozenset(["error", "response.failed"])


def steps(source: Source, _name: str) -> Iterator[Step]:
    """See `api.Api`."""
    value = members(source.value)
    kind = text_of(value.get("type"))
    if not kind:
        raise StreamError("an event of the stream has no type")
    if "sequence_number" in value:
        yield Numbered(("sequence_number",))
    key = _key(value, kind)
    for name, member in value.items():
        path: Path = (name,)
        if name == "response":
            yield from _response(members(member), path)
        elif name == "item":
            yield from _item(members(member), path, (key[:2],), is_new=kind.endswith(".added"))
        elif name == "part":
            yield from _part(members(member), path, (key[:2],), key[-1])
        elif name == "logprobs" and member:
            yield Without(path, "[]")
        elif isinstance(member, str) and kind.endswith(".delta") and name == "delta":
            yield Arguments(key, path) if key[2] == "call" else Text(key, path)
        elif isinstance(member, str) and kind.endswith(".done") and name in _WHOLE:
            yield Whole((key,), path) if key[2] == "call" else Repeated((key,), path)
    yield from _ends(value, kind, key)


def _ends(value: Mapping[str, object], kind: str, key: Key) -> Iterator[Step]:
    if kind in _FAILURES:
        yield Broken()
    elif kind in {"response.completed", "response.incomplete"}:
        yield End(())
    elif kind == "response.output_item.done":
        yield End(key[:2])
    elif kind.endswith(".done") and "part" in value:
        yield End((*key[:2], _part_kind(members(value["part"])), key[-1]))
    elif kind.endswith(".done"):
        yield End(key)


def _key(value: Mapping[str, object], event: str) -> Key:
    """The key of the text or call that an event is about.

    Items are known by their index in the output, as their ids may be others in each event; but
    there are servers that give ids alone.
    """
    identity = text_of(value.get("item_id")) or text_of(members(value.get("item")).get("id"))
    index = index_of(value.get("output_index"))
    item: Key = ("item", index if "output_index" in value else identity)
    kind = event.removeprefix("response.").rpartition(".")[0]
    if kind in _CALLS:
        return *item, "call"
    return *item, kind, index_of(value.get("content_index", value.get("summary_index")))


def _part_kind(part: Mapping[str, object]) -> str:
    kind = text_of(part.get("type"))
    return _KINDS.get(kind, kind)


def _part(
    part: Mapping[str, object], path: Path, owners: tuple[Key, ...], index: str | int
) -> Iterator[Step]:
    """A part of an item, which has its text as far as it is known."""
    keys = tuple((*owner, _part_kind(part), index) for owner in owners)
    for name, value in part.items():
        here = (*path, name)
        if name == "logprobs" and value:
            yield Without(here, "[]")
        elif name in _WHOLE and isinstance(value, str) and value:
            yield Repeated(keys, here)


def _item(
    item: Mapping[str, object], path: Path, owners: tuple[Key, ...], *, is_new: bool = False
) -> Iterator[Step]:
    """An item of output, which has its parts or its arguments as far as they are known."""
    calls = tuple((*owner, "call") for owner in owners)
    kind = text_of(item.get("type"))
    name_of, identity = text_of(item.get("name")), text_of(item.get("call_id") or item.get("id"))
    is_answer = kind == "mcp_call"
    if kind in _IN_ONE:
        yield from _judged(item, path, name_of or kind.removesuffix("_call"), identity)
        return
    if is_new and (kind in _IN_PIECES or not _ARGUMENTS.isdisjoint(item)):
        yield Call(calls[0], name_of, identity, is_answer)
    for name, value in item.items():
        here = (*path, name)
        if name in {"content", "summary"}:
            for at, part in enumerate(items(value)):
                yield from _part(members(part), (*here, at), owners, at)
        elif name in _ARGUMENTS and isinstance(value, str):
            if value:
                yield Whole(calls, here, name_of, identity, is_answer)
        elif name in _ARGUMENTS:
            no_arguments(value)
        elif name == "code" and isinstance(value, str) and value:
            yield Repeated(tuple((*o, "code_interpreter_call_code", 0) for o in owners), here)


def _judged(item: Mapping[str, object], path: Path, name_of: str, identity: str) -> Iterator[Step]:
    """A tool call that comes in one piece; it may be there more than once, and not yet whole."""
    for name, value in item.items():
        if value and name not in NO_TEXT and isinstance(value, str | dict | list):
            yield Judged((*path, name), name_of, identity)


def _response(response: Mapping[str, object], path: Path) -> Iterator[Step]:
    for name, value in response.items():
        here = (*path, name)
        if name == "output":
            for at, item in enumerate(items(value)):
                owners: tuple[Key, ...] = (("item", at), ("item", text_of(members(item).get("id"))))
                yield from _item(members(item), (*here, at), owners)
        elif name in _ECHOES:
            yield Echo(here)


def flushed(_key: Key, last: object, text: str, number: int) -> bytes:
    """See `api.Api`."""
    value = dict(members(last))
    kind = text_of(value.get("type"))
    value.pop("obfuscation", None)
    if "logprobs" in value:
        value["logprobs"] = []
    value["delta"] = text
    if "sequence_number" in value:
        value["sequence_number"] = number
    return written(json.dumps(value), kind)


def error(message: str, number: int, *, is_refusal: bool) -> bytes:
    """See `api.Api`."""
    kind = "policy_refusal" if is_refusal else "stream_error"
    body = (
        f'{{"type":"error","sequence_number":{number + 1},"code":"{kind}",'
        f'"message":{string(message)},"param":null}}'
    )
    return written(body, "error")
