"""A model on a socket that speaks each API as its own server does, for the official clients.

It says the last text of the prompt again, if that is one text; offered tools, it calls each of
them; asked for JSON, it writes an object with the record that it was told of.
"""

from __future__ import annotations

import base64
import json
import re
import struct
from collections.abc import Callable, Sequence
from typing import Any

from tests.engine.streams import made
from tests.gateway.targets import Got, Writer, begin_stream, put, write

Calls = Sequence[tuple[str, Sequence[str]]]
NUMBERS = (0.5, 0.25, -1.0)
"""The embedding of any text; each has an exact 32-bit float."""
_RECORD = re.compile(r"\[[a-z]+\.[a-z]+:[a-z]{16}\]|MRN \d{8}|KEY-[A-Za-z0-9]{16}")
_STRUCTURED = ("response_format", "output_config", "text")


async def speaks(got: Got, writer: Writer) -> None:
    """Answer in the API that is asked, whole or as a stream."""
    kind = got.path.rsplit("/", 1)[1]
    if kind == "embeddings":
        write(writer, 200, _embeddings(got.json))
        return
    text, calls = _answer(got.json)
    if not got.json.get("stream"):
        write(writer, 200, json.dumps(_WHOLE[kind](text, calls)).encode())
        return
    begin_stream(writer)
    pieces = [text[at : at + 3] for at in range(0, len(text), 3)]
    put(writer, _STREAMS[kind](pieces, [(name, _cut(said)) for name, [said] in calls]))
    await writer.drain()
    writer.write(b"0\r\n\r\n")


def _cut(text: str) -> list[str]:
    return [text[at : at + 5] for at in range(0, len(text), 5)]


def _answer(body: Any) -> tuple[str, Calls]:  # noqa: ANN401 (a body of any API)
    """A text, and the calls of tools with their arguments."""
    said = _last_text(body)
    found = _RECORD.search(said)
    record = found[0] if found else "none"
    if body.get("tools"):
        names = [tool.get("function", tool)["name"] for tool in body["tools"]]
        return "", [(name, [json.dumps({"record": record})]) for name in names]
    if any(name in body for name in _STRUCTURED):
        return json.dumps({"record": record, "number": 2}), []
    return said, []


def _last_text(body: Any) -> str:  # noqa: ANN401 (a body of any API)
    last = body.get("messages", body.get("input"))
    text = last if isinstance(last, str) else last[-1].get("content")
    return text if isinstance(text, str) else "many things"


def _chat(text: str, calls: Calls) -> dict[str, object]:
    message: dict[str, object] = {"role": "assistant", "content": text or None}
    if calls:
        message["tool_calls"] = [
            {"id": f"call_{at}", "type": "function", "function": {"name": name, "arguments": said}}
            for at, (name, [said]) in enumerate(calls)
        ]
    end = "tool_calls" if calls else "stop"
    choice = {"index": 0, "message": message, "finish_reason": end, "logprobs": None}
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000, "model": "m-1"}
    return {**head, "choices": [choice], "usage": usage}


def _responses(text: str, calls: Calls) -> dict[str, object]:
    part = {"type": "output_text", "text": text, "annotations": list[object]()}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed"}
    output: list[dict[str, object]] = [{**message, "content": [part]}] if text else []
    for at, (name, [said]) in enumerate(calls):
        head = {"id": f"fc_{at}", "type": "function_call", "call_id": f"call_{at}"}
        output.append({**head, "name": name, "arguments": said, "status": "completed"})
    head = {"id": "resp_1", "object": "response", "status": "completed", "model": "m-1"}
    more = {"tool_choice": "auto", "parallel_tool_calls": True, "tools": list[object]()}
    return {**head, "created_at": 1700000000, "error": None, **more, "output": output}


def _messages(text: str, calls: Calls) -> dict[str, object]:
    content: list[dict[str, object]] = [{"type": "text", "text": text}] if text else []
    for at, (name, [said]) in enumerate(calls):
        use = {"type": "tool_use", "id": f"toolu_{at}", "name": name}
        content.append({**use, "input": json.loads(said)})
    end = "tool_use" if calls else "end_turn"
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m-1"}
    usage = {"input_tokens": 3, "output_tokens": 2}
    return {**head, "content": content, "stop_reason": end, "stop_sequence": None, "usage": usage}


def _embeddings(body: Any) -> bytes:  # noqa: ANN401 (a body)
    """As numbers, or packed, which is what the official client asks for."""
    is_packed = body.get("encoding_format") == "base64"
    packed = base64.b64encode(struct.pack("<3f", *NUMBERS)).decode()
    embedding = packed if is_packed else list(NUMBERS)
    data = [{"object": "embedding", "index": 0, "embedding": embedding}]
    usage = {"prompt_tokens": 3, "total_tokens": 3}
    return json.dumps({"object": "list", "data": data, "model": "m-1", "usage": usage}).encode()


def _chat_stream(texts: Sequence[str], calls: Calls) -> bytes:
    return made.chat_calls(calls) if calls else made.chat(texts)


def _responses_stream(texts: Sequence[str], calls: Calls) -> bytes:
    return made.responses(texts, calls=calls)


def _messages_stream(texts: Sequence[str], calls: Calls) -> bytes:
    return made.messages(texts, calls=calls)


_WHOLE: dict[str, Callable[[str, Calls], dict[str, object]]] = {
    "completions": _chat,
    "responses": _responses,
    "messages": _messages,
}
_STREAMS: dict[str, Callable[[Sequence[str], Calls], bytes]] = {
    "completions": _chat_stream,
    "responses": _responses_stream,
    "messages": _messages_stream,
}
