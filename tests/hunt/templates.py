"""A body of each API with everything in it that the API takes."""

from __future__ import annotations

from typing import Any

from tests.hunt.bodies import Nested

IMAGE = "data:image/png;base64," + "iVBORw0KGgo" * 30

SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "what to look up",
    "properties": {"x_name": {"type": "string", "description": "a name", "enum": ["a", "b"]}},
    "required": ["x_name"],
}

CHAT: dict[str, Any] = {
    "model": "m-1",
    "messages": [
        {"role": "system", "content": "You help on a ward."},
        {"role": "developer", "content": "Be brief.", "name": "staff"},
        {
            "role": "user",
            "name": "anna",
            "content": [
                {"type": "text", "text": "Look at this."},
                {"type": "image_url", "image_url": {"url": IMAGE, "detail": "low"}},
                {"type": "image_url", "image_url": {"url": "https://pictures.test/one.png"}},
                {"type": "file", "file": {"filename": "scan.pdf", "file_data": IMAGE}},
                {"type": "input_audio", "input_audio": {"data": "UklGR" * 60, "format": "wav"}},
                {"type": "x_unknown", "x_field": "what a later version adds"},
            ],
        },
        {
            "role": "assistant",
            "content": None,
            "refusal": "no",
            "reasoning_content": "thinking about it",
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {
                        "name": "look_up",
                        "arguments": Nested(
                            {"x_who": "somebody", "x_deep": Nested({"x_in": ["one", {"x_k": "v"}]})}
                        ),
                    },
                }
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": Nested({"x_row": ["found", "it"]})},
        {"role": "tool", "tool_call_id": "call_1", "content": [{"type": "text", "text": "more"}]},
        {"role": "function", "name": "old", "content": "an old form"},
        {"role": "assistant", "function_call": {"name": "old", "arguments": "not json"}},
    ],
    "tools": [
        {
            "type": "function",
            "function": {"name": "look_up", "description": "looks up", "parameters": SCHEMA},
        }
    ],
    "functions": [{"name": "old", "description": "the old form", "parameters": SCHEMA}],
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "answer", "description": "how", "schema": SCHEMA},
    },
    "prediction": {"type": "content", "content": "what will come"},
    "metadata": {"x_case": "seven", "x_ward": "three"},
    "user": "u-1",
    "stop": ["END", "STOP"],
    "x_unknown": {"x_list": ["text", {"x_more": "text"}], "x_number": 12.5},
    "temperature": 0.5,
    "max_tokens": 100,
}

CHAT_ANSWER: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1790000000,
    "model": "m-1",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {
                "role": "assistant",
                "content": "The answer.",
                "reasoning_content": "Because.",
                "annotations": [{"type": "url_citation", "url_citation": {"title": "a page"}}],
            },
        },
        {"index": 1, "message": {"role": "assistant", "content": Nested({"x_a": ["b", "c"]})}},
    ],
    "x_other": "a field",
    "usage": {"prompt_tokens": 10, "completion_tokens": 5},
}

CALLS: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "call_1",
                        "type": "function",
                        "function": {
                            "name": "send",
                            "arguments": Nested({"x_to": "you", "x_b": "c"}),
                        },
                    }
                ],
            },
        }
    ],
}

REQUESTS = {"openai.chat": CHAT}
ANSWERS = {"openai.chat": (CHAT_ANSWER, CALLS)}
