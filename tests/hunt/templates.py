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

RESPONSES: dict[str, Any] = {
    "model": "m-1",
    "instructions": "Be brief.",
    "input": [
        {"role": "system", "content": "You help on a ward."},
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_text", "text": "Look at this."},
                {"type": "input_image", "image_url": IMAGE},
                {"type": "input_file", "filename": "scan.pdf", "file_data": IMAGE},
            ],
        },
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "thinking"}]},
        {
            "type": "function_call",
            "call_id": "call_1",
            "name": "look_up",
            "arguments": Nested({"x_who": "somebody", "x_more": Nested(["deep", {"x_k": "v"}])}),
        },
        {"type": "function_call_output", "call_id": "call_1", "output": Nested({"x_row": "found"})},
        {"type": "x_unknown", "x_field": ["what a later version adds"]},
    ],
    "tools": [
        {"type": "function", "name": "look_up", "description": "looks up", "parameters": SCHEMA},
        {"type": "mcp", "server_label": "ehr", "server_url": "https://tools.test/mcp"},
    ],
    "text": {"format": {"type": "json_schema", "name": "answer", "schema": SCHEMA}},
    "prompt": {"id": "p_1", "variables": {"x_ward": "three"}},
    "metadata": {"x_case": "seven"},
    "user": "u-1",
    "x_unknown": {"x_list": ["text"]},
}

EMBEDDINGS: dict[str, Any] = {
    "model": "m-1",
    "input": ["one text", "another text"],
    "user": "u-1",
    "x_unknown": "text",
}

MESSAGES: dict[str, Any] = {
    "model": "m-1",
    "max_tokens": 100,
    "system": [{"type": "text", "text": "You help.", "cache_control": {"type": "ephemeral"}}],
    "messages": [
        {"role": "user", "content": "a plain string"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Look at this."},
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/png", "data": "iVBOR" * 60},
                },
                {
                    "type": "document",
                    "title": "a letter",
                    "context": "from the clinic",
                    "source": {"type": "text", "media_type": "text/plain", "data": "Dear Dr"},
                },
                {"type": "x_unknown", "x_field": "what a later version adds"},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "I look it up."},
                {
                    "type": "tool_use",
                    "id": "tu_1",
                    "name": "look_up",
                    "input": {"x_who": "somebody", "x_list": ["a", {"x_k": "v"}]},
                },
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "tu_1", "content": "found it"},
                {
                    "type": "tool_result",
                    "tool_use_id": "tu_1",
                    "content": [{"type": "text", "text": "more of it"}],
                },
            ],
        },
    ],
    "tools": [{"name": "look_up", "description": "looks up", "input_schema": SCHEMA}],
    "metadata": {"user_id": "u-1"},
    "stop_sequences": ["END"],
    "x_unknown": {"x_list": ["text"]},
}

MCP: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 7,
    "result": {
        "content": [
            {"type": "text", "text": "found it"},
            {"type": "image", "data": "iVBOR" * 60, "mimeType": "image/png"},
            {"type": "resource", "resource": {"uri": "file:///a.txt", "text": "what is in it"}},
        ],
        "structuredContent": {"x_rows": [{"x_name": "somebody", "x_note": "a note"}]},
        "isError": False,
    },
}

RESPONSES_ANSWER: dict[str, Any] = {
    "id": "resp_1",
    "object": "response",
    "status": "completed",
    "output": [
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "why"}]},
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "The answer.", "annotations": []}],
        },
    ],
    "x_other": "a field",
}

RESPONSES_CALL: dict[str, Any] = {
    "id": "resp_1",
    "object": "response",
    "output": [
        {
            "type": "function_call",
            "call_id": "call_1",
            "name": "send",
            "arguments": Nested({"x_to": "you"}),
        }
    ],
}

MESSAGES_ANSWER: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "content": [{"type": "text", "text": "The answer."}],
    "x_other": "a field",
}

MESSAGES_CALL: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "content": [{"type": "tool_use", "id": "tu_1", "name": "send", "input": {"x_to": "you"}}],
}

MCP_CALL: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 7,
    "method": "tools/call",
    "params": {"name": "send", "arguments": {"x_to": "you", "x_list": ["a"]}},
}

REQUESTS = {
    "openai.chat": CHAT,
    "openai.responses": RESPONSES,
    "openai.embeddings": EMBEDDINGS,
    "anthropic.messages": MESSAGES,
    "mcp": MCP,
}
ANSWERS = {
    "openai.chat": (CHAT_ANSWER, CALLS),
    "openai.responses": (RESPONSES_ANSWER, RESPONSES_CALL),
    "anthropic.messages": (MESSAGES_ANSWER, MESSAGES_CALL),
    "mcp": (MCP, MCP_CALL),
}
