"""Answers of each API with about all that its reference names."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.engine.bodies.samples import ARGUMENTS, BYTES, MCP_RESULT, MCP_TOOLS

CHAT: Mapping[str, object] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1731234567,
    "model": "gpt-4o-2024-08-06",
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {
                "role": "assistant",
                "content": "one",
                "refusal": "no",
                "reasoning_content": "thought",
                "annotations": [
                    {"type": "url_citation", "url_citation": {"title": "t", "url": "u"}}
                ],
                "audio": {"id": "audio_1", "data": BYTES, "transcript": "said"},
                "tool_calls": [
                    {
                        "id": "call_1",
                        "type": "function",
                        "function": {"name": "weather", "arguments": ARGUMENTS},
                    }
                ],
            },
        },
        {"index": 1, "message": {"role": "assistant", "content": json.dumps({"a": ["b"]})}},
    ],
    "usage": {"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21},
}
RESPONSES: Mapping[str, object] = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1731234567,
    "status": "completed",
    "instructions": "be brief",
    "model": "gpt-5",
    "output": [
        {"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": "thought"}]},
        {
            "type": "message",
            "id": "msg",
            "role": "assistant",
            "content": [
                {
                    "type": "output_text",
                    "text": "one",
                    "annotations": [{"type": "file_citation", "filename": "a.txt", "index": 0}],
                },
                {"type": "output_text", "text": json.dumps({"a": "b"})},
            ],
        },
        {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": ARGUMENTS},
        {"type": "web_search_call", "id": "ws", "action": {"type": "search", "query": "news"}},
    ],
    "metadata": {"ward": "3"},
}
EMBEDDINGS: Mapping[str, object] = {
    "object": "list",
    "data": [
        {"object": "embedding", "index": 0, "embedding": [0.25, -0.123456789]},
        {"object": "embedding", "index": 1, "embedding": BYTES},
    ],
    "model": "text-embedding-3-small",
}
MESSAGES: Mapping[str, object] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5-20250929",
    "content": [
        {"type": "thinking", "thinking": "let me see", "signature": BYTES},
        {
            "type": "text",
            "text": "one",
            "citations": [{"type": "page_location", "cited_text": "c"}],
        },
        {"type": "text", "text": "two"},
        {"type": "tool_use", "id": "tu", "name": "weather", "input": {"city": "Oslo", "x": ["y"]}},
    ],
    "stop_reason": "tool_use",
    "usage": {"input_tokens": 9, "output_tokens": 12},
}
OPENAI_ERROR: Mapping[str, object] = {
    "error": {"message": "bad input", "type": "invalid_request_error", "param": "p", "code": "c"}
}
ANTHROPIC_ERROR: Mapping[str, object] = {
    "type": "error",
    "error": {"type": "invalid_request_error", "message": "bad input"},
}
RPC_ERROR: Mapping[str, object] = {
    "jsonrpc": "2.0",
    "id": 1,
    "error": {"code": -32602, "message": "bad input", "data": {"x": "y"}},
}
OPENAI_LINE: Mapping[str, object] = {
    "id": "batch_req_1",
    "custom_id": "r1",
    "response": {"status_code": 200, "request_id": "q", "body": CHAT},
    "error": None,
}
ANTHROPIC_LINE: Mapping[str, object] = {
    "custom_id": "r1",
    "result": {"type": "succeeded", "message": MESSAGES},
}

ANSWERS: tuple[tuple[str, Mapping[str, object]], ...] = (
    ("openai.chat", CHAT),
    ("openai.chat", OPENAI_ERROR),
    ("openai.responses", RESPONSES),
    ("openai.responses", OPENAI_ERROR),
    ("openai.embeddings", EMBEDDINGS),
    ("anthropic.messages", MESSAGES),
    ("anthropic.messages", ANTHROPIC_ERROR),
    ("mcp", MCP_RESULT),
    ("mcp", MCP_TOOLS),
    ("mcp", RPC_ERROR),
    ("openai.batch", OPENAI_LINE),
    ("openai.batch", {**OPENAI_LINE, "response": {"status_code": 200, "body": RESPONSES}}),
    ("openai.batch", {"custom_id": "r1", "response": None, "error": {"message": "bad"}}),
    ("anthropic.batch", ANTHROPIC_LINE),
    (
        "anthropic.batch",
        {"custom_id": "r1", "result": {"type": "errored", "error": ANTHROPIC_ERROR}},
    ),
)
