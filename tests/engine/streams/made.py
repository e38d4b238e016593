"""Streams made for the tests, in the shapes that the APIs' documentation gives."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence


def event(data: Mapping[str, object] | str, name: str = "", end: str = "\n") -> bytes:
    """One event, as a server writes it."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    head = f"event: {name}{end}" if name else ""
    return f"{head}data: {text}{end}{end}".encode()


def chunk(*choices: Mapping[str, object], **more: object) -> bytes:
    """A chunk of a chat completion."""
    head = {"id": "chatcmpl-4111111111111111", "object": "chat.completion.chunk"}
    return event({**head, "created": 1700000000, "model": "m-1", "choices": list(choices), **more})


def choice(
    delta: Mapping[str, object], index: int = 0, finish: str | None = None, **more: object
) -> dict[str, object]:
    """A choice of a chunk."""
    return {"index": index, "delta": dict(delta), "finish_reason": finish, **more}


def chat(texts: Sequence[str], field: str = "content", finish: str = "stop") -> bytes:
    """A chat completion of one choice."""
    made = chunk(choice({"role": "assistant", "content": ""}))
    made += b"".join(chunk(choice({field: text})) for text in texts)
    return made + chunk(choice({}, finish=finish)) + event("[DONE]")


def chat_calls(calls: Sequence[tuple[str, Sequence[str]]], said: str = "") -> bytes:
    """A chat completion with tool calls, whose pieces of arguments take turns."""
    made = chunk(choice({"role": "assistant", "content": said or None}))
    for at, (name, _) in enumerate(calls):
        function = {"name": name, "arguments": ""}
        call = {"index": at, "id": f"call_{at}", "type": "function", "function": function}
        made += chunk(choice({"tool_calls": [call]}))
    for turn in range(max(len(pieces) for _, pieces in calls)):
        for at, (_, pieces) in enumerate(calls):
            if turn < len(pieces):
                call = {"index": at, "function": {"arguments": pieces[turn]}}
                made += chunk(choice({"tool_calls": [call]}))
    made += chunk(choice({}, finish="tool_calls"))
    return made + chunk(usage={"total_tokens": 123456}) + event("[DONE]")


class Numbered:
    """Events of the responses API, each with its number."""

    def __init__(self, end: str = "\n") -> None:
        self.number, self.end = 0, end

    def __call__(self, kind: str, **more: object) -> bytes:
        made = {"type": kind, "sequence_number": self.number, **more}
        self.number += 1
        return event(made, kind, self.end)


def responses(
    texts: Sequence[str],
    reasoning: Sequence[str] = (),
    calls: Sequence[tuple[str, Sequence[str]]] = (),
    end: str = "\n",
) -> bytes:
    """A response: reasoning (a summary), a message, and calls of functions."""
    make, made, items = Numbered(end), b"", list[dict[str, object]]()
    made += make("response.created", response=_response([], "in_progress"))
    if reasoning:
        made += _reasoning(make, 0, reasoning, items)
    made += _message(make, len(items), texts, items)
    for name, pieces in calls:
        made += _function(make, len(items), name, pieces, items)
    return made + make("response.completed", response=_response(items, "completed"))


def _response(items: Sequence[object], status: str) -> dict[str, object]:
    said: dict[str, object] = {
        "instructions": "Be brief. MRN 123456",
        "metadata": {"ward": "3"},
        "tools": [],
    }
    head = {"id": "resp_4111111111111111", "object": "response", "created_at": 1700000000}
    usage = {"total_tokens": 123456}
    return {**head, "status": status, "model": "m-1", "output": list(items), **said, "usage": usage}


def _grown(make: Numbered, kind: str, where: Mapping[str, object], texts: Iterable[str]) -> bytes:
    log: dict[str, object] = {"logprobs": []} if kind == "response.output_text" else {}
    made = b"".join(make(f"{kind}.delta", **where, delta=text, **log) for text in texts)
    name = "arguments" if "arguments" in kind else "text"
    return made + make(f"{kind}.done", **where, **{name: "".join(texts)}, **log)


def _reasoning(
    make: Numbered, index: int, texts: Sequence[str], items: list[dict[str, object]]
) -> bytes:
    item = {"id": "rs_1", "type": "reasoning", "summary": list[object](), "encrypted_content": "gA"}
    where = {"item_id": "rs_1", "output_index": index, "summary_index": 0}
    part = {"type": "summary_text", "text": ""}
    made = make("response.output_item.added", output_index=index, item=item)
    made += make("response.reasoning_summary_part.added", **where, part=part)
    made += _grown(make, "response.reasoning_summary_text", where, texts)
    part = {**part, "text": "".join(texts)}
    made += make("response.reasoning_summary_part.done", **where, part=part)
    items.append({**item, "summary": [part]})
    return made + make("response.output_item.done", output_index=index, item=items[-1])


def _message(
    make: Numbered, index: int, texts: Sequence[str], items: list[dict[str, object]]
) -> bytes:
    item = {"id": "msg_1", "type": "message", "role": "assistant", "content": list[object]()}
    where = {"item_id": "msg_1", "output_index": index, "content_index": 0}
    part: dict[str, object] = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    made = make("response.output_item.added", output_index=index, item=item)
    made += make("response.content_part.added", **where, part=part)
    made += _grown(make, "response.output_text", where, texts)
    part = {**part, "text": "".join(texts)}
    made += make("response.content_part.done", **where, part=part)
    items.append({**item, "content": [part]})
    return made + make("response.output_item.done", output_index=index, item=items[-1])


def _function(
    make: Numbered, index: int, name: str, pieces: Sequence[str], items: list[dict[str, object]]
) -> bytes:
    item = {"id": f"fc_{index}", "type": "function_call", "call_id": f"call_{index}", "name": name}
    made = make("response.output_item.added", output_index=index, item={**item, "arguments": ""})
    where = {"item_id": f"fc_{index}", "output_index": index}
    made += _grown(make, "response.function_call_arguments", where, pieces)
    items.append({**item, "arguments": "".join(pieces)})
    return made + make("response.output_item.done", output_index=index, item=items[-1])


def messages(
    texts: Sequence[str],
    thinking: Sequence[str] = (),
    calls: Sequence[tuple[str, Sequence[str]]] = (),
    end: str = "\n",
) -> bytes:
    """A message: thinking, a text, and uses of tools."""
    blocks: list[tuple[dict[str, object], str, str, Sequence[str]]] = []
    if thinking:
        block: dict[str, object] = {"type": "thinking", "thinking": "", "signature": ""}
        blocks.append((block, "thinking_delta", "thinking", thinking))
    blocks.append(({"type": "text", "text": ""}, "text_delta", "text", texts))
    for at, (name, pieces) in enumerate(calls):
        block = {"type": "tool_use", "id": f"toolu_{at}", "name": name, "input": {}}
        blocks.append((block, "input_json_delta", "partial_json", pieces))

    def make(kind: str, **more: object) -> bytes:
        return event({"type": kind, **more}, kind, end)

    head = {"id": "msg_4111111111111111", "type": "message", "role": "assistant", "model": "m-1"}
    usage = {"input_tokens": 123456, "output_tokens": 1}
    message: dict[str, object] = {
        **head,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    made = make("message_start", message=message)
    for index, (block, kind, leaf, pieces) in enumerate(blocks):
        made += make("content_block_start", index=index, content_block=block)
        made += make("ping")
        for piece in pieces:
            made += make("content_block_delta", index=index, delta={"type": kind, leaf: piece})
        if kind == "thinking_delta":
            delta = {"type": "signature_delta", "signature": "4111111111111111=="}
            made += make("content_block_delta", index=index, delta=delta)
        made += make("content_block_stop", index=index)
    stop = {"stop_reason": "end_turn", "stop_sequence": None}
    return made + make("message_delta", delta=stop, usage=usage) + make("message_stop")


MAKERS: Mapping[str, Callable[[Sequence[str]], bytes]] = {
    "chat": chat,
    "responses": responses,
    "messages": messages,
}
"""What makes an answer of a text in pieces, for each API."""
