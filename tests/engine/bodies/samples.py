"""Bodies of each API with about all that its reference names."""

from __future__ import annotations

import json
from collections.abc import Mapping

PNG = "data:image/png;base64," + "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4" * 8
BYTES = "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4" * 8
SCHEMA: Mapping[str, object] = {
    "type": "object",
    "properties": {"city": {"type": "string", "description": "a town", "enum": ["Oslo", "Bern"]}},
    "required": ["city"],
    "additionalProperties": False,
}
ARGUMENTS = json.dumps({"city": "Oslo", "deep": {"list": ["x", 3]}, "text": '{"a": "b"}'})

CHAT: Mapping[str, object] = {
    "model": "gpt-4o-2024-08-06",
    "messages": [
        {"role": "developer", "content": "be brief", "name": "boss"},
        {"role": "system", "content": [{"type": "text", "text": "be kind"}]},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "one"},
                {"type": "text", "text": "two"},
                {"type": "image_url", "image_url": {"url": PNG, "detail": "low"}},
                {"type": "input_audio", "input_audio": {"data": BYTES, "format": "wav"}},
                {"type": "file", "file": {"filename": "a.pdf", "file_data": BYTES}},
            ],
        },
        {
            "role": "assistant",
            "content": None,
            "refusal": "no",
            "audio": {"id": "audio_1"},
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "weather", "arguments": ARGUMENTS},
                },
                {"id": "call_2", "type": "custom", "custom": {"name": "sql", "input": "select 1"}},
            ],
            "function_call": {"name": "weather", "arguments": ARGUMENTS},
        },
        {"role": "tool", "tool_call_id": "call_1", "content": json.dumps([{"t": "mild"}])},
        {"role": "tool", "tool_call_id": "call_2", "content": [{"type": "text", "text": "row"}]},
        {"role": "function", "name": "weather", "content": "sunny"},
    ],
    "tools": [
        {
            "type": "function",
            "function": {"name": "weather", "description": "it", "parameters": SCHEMA},
        },
        {
            "type": "custom",
            "custom": {"name": "sql", "description": "runs", "format": {"type": "text"}},
        },
    ],
    "functions": [{"name": "weather", "description": "it", "parameters": SCHEMA}],
    "tool_choice": {"type": "function", "function": {"name": "weather"}},
    "response_format": {"type": "json_schema", "json_schema": {"name": "r", "schema": SCHEMA}},
    "prediction": {"type": "content", "content": [{"type": "text", "text": "guess"}]},
    "web_search_options": {
        "user_location": {"type": "approximate", "approximate": {"city": "Oslo"}}
    },
    "metadata": {"ward": "3"},
    "user": "u1",
    "stop": ["END", "STOP"],
    "logit_bias": {"50256": -100},
    "seed": 7,
    "n": 1,
    "stream": False,
    "temperature": 0.5,
}

RESPONSES: Mapping[str, object] = {
    "model": "gpt-5",
    "instructions": "be brief",
    "input": [
        {"role": "user", "content": "hello"},
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_text", "text": "one"},
                {"type": "input_text", "text": "two"},
                {"type": "input_image", "image_url": PNG, "detail": "auto"},
                {"type": "input_file", "filename": "a.pdf", "file_data": BYTES},
            ],
        },
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "content": [
                {
                    "type": "output_text",
                    "text": "an answer",
                    "annotations": [
                        {"type": "url_citation", "url": "https://x.example", "title": "t"}
                    ],
                },
                {"type": "refusal", "refusal": "no"},
            ],
        },
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "thought"}],
            "content": [{"type": "reasoning_text", "text": "long thought"}],
            "encrypted_content": BYTES,
        },
        {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": ARGUMENTS},
        {"type": "function_call_output", "call_id": "c1", "output": json.dumps({"t": "mild"})},
        {
            "type": "function_call_output",
            "call_id": "c1",
            "output": [{"type": "input_text", "text": "row"}],
        },
        {"type": "custom_tool_call", "call_id": "c2", "name": "sql", "input": "select 1"},
        {"type": "custom_tool_call_output", "call_id": "c2", "output": "1"},
        {
            "type": "file_search_call",
            "id": "fs",
            "queries": ["q"],
            "results": [{"file_id": "f", "filename": "a.txt", "text": "found", "score": 0.5}],
        },
        {"type": "web_search_call", "id": "ws", "action": {"type": "search", "query": "news"}},
        {"type": "computer_call", "call_id": "c3", "action": {"type": "type", "text": "typed"}},
        {
            "type": "computer_call_output",
            "call_id": "c3",
            "output": {"type": "computer_screenshot", "image_url": PNG},
        },
        {
            "type": "code_interpreter_call",
            "code": "print(1)",
            "outputs": [{"type": "logs", "logs": "1"}],
        },
        {
            "type": "local_shell_call",
            "call_id": "c4",
            "action": {"type": "exec", "command": ["ls", "-l"], "env": {"HOME": "/root"}},
        },
        {"type": "local_shell_call_output", "call_id": "c4", "output": "files"},
        {
            "type": "mcp_list_tools",
            "server_label": "s",
            "tools": [{"name": "t", "description": "d"}],
        },
        {
            "type": "mcp_call",
            "name": "t",
            "server_label": "s",
            "arguments": ARGUMENTS,
            "output": "o",
        },
        {
            "type": "mcp_approval_response",
            "approval_request_id": "a",
            "approve": True,
            "reason": "ok",
        },
        {"type": "image_generation_call", "id": "ig", "result": BYTES, "revised_prompt": "a cat"},
        {"type": "item_reference", "id": "msg_0"},
    ],
    "tools": [
        {"type": "function", "name": "weather", "description": "it", "parameters": SCHEMA},
        {"type": "web_search", "user_location": {"type": "approximate", "city": "Oslo"}},
        {
            "type": "mcp",
            "server_label": "s",
            "server_url": "https://x.example",
            "headers": {"A": "b"},
        },
    ],
    "tool_choice": "auto",
    "text": {"format": {"type": "json_schema", "name": "r", "schema": SCHEMA}},
    "prompt": {
        "id": "pmpt_1",
        "variables": {"who": "Ann", "doc": {"type": "input_text", "text": "t"}},
    },
    "reasoning": {"effort": "high", "summary": "auto"},
    "metadata": {"ward": "3"},
    "max_output_tokens": 4000,
    "stream": True,
}

EMBEDDINGS: Mapping[str, object] = {
    "model": "text-embedding-3-small",
    "input": ["one", "two"],
    "encoding_format": "float",
    "user": "u1",
}

MESSAGES: Mapping[str, object] = {
    "model": "claude-sonnet-4-5-20250929",
    "max_tokens": 4000,
    "system": [{"type": "text", "text": "be brief", "cache_control": {"type": "ephemeral"}}],
    "messages": [
        {"role": "user", "content": "hello"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "one"},
                {"type": "text", "text": "two"},
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/png", "data": BYTES},
                },
                {
                    "type": "document",
                    "source": {"type": "base64", "media_type": "application/pdf", "data": BYTES},
                    "title": "report",
                },
                {
                    "type": "document",
                    "source": {"type": "text", "media_type": "text/plain", "data": "plain"},
                    "title": "note",
                    "context": "from the ward",
                    "citations": {"enabled": True},
                },
                {
                    "type": "document",
                    "source": {"type": "content", "content": [{"type": "text", "text": "chunk"}]},
                },
                {
                    "type": "search_result",
                    "source": "https://x.example",
                    "title": "hit",
                    "content": [{"type": "text", "text": "snippet"}],
                },
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "let me see", "signature": BYTES},
                {"type": "redacted_thinking", "data": "sealed"},
                {
                    "type": "text",
                    "text": "as said",
                    "citations": [
                        {"type": "char_location", "cited_text": "plain", "document_index": 0}
                    ],
                },
                {
                    "type": "tool_use",
                    "id": "tu",
                    "name": "weather",
                    "input": {"city": "Oslo", "n": 3},
                },
                {
                    "type": "server_tool_use",
                    "id": "st",
                    "name": "web_search",
                    "input": {"query": "q"},
                },
                {
                    "type": "web_search_tool_result",
                    "tool_use_id": "st",
                    "content": [
                        {
                            "type": "web_search_result",
                            "url": "u",
                            "title": "t",
                            "encrypted_content": BYTES,
                        }
                    ],
                },
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "tu", "content": json.dumps({"t": "mild"})},
                {
                    "type": "tool_result",
                    "tool_use_id": "tu",
                    "content": [{"type": "text", "text": "row"}, {"type": "text", "text": "rest"}],
                    "is_error": True,
                },
            ],
        },
    ],
    "tools": [
        {"name": "weather", "description": "it", "input_schema": SCHEMA},
        {"type": "web_search_20250305", "name": "web_search", "allowed_domains": ["x.example"]},
    ],
    "mcp_servers": [{"type": "url", "url": "https://x.example", "name": "s"}],
    "tool_choice": {"type": "tool", "name": "weather"},
    "metadata": {"user_id": "u1"},
    "stop_sequences": ["END"],
    "stream": False,
}

MCP_CALL: Mapping[str, object] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {
        "name": "weather",
        "arguments": {"city": "Oslo", "deep": [{"x": "y"}, "z"]},
        "_meta": {"progressToken": "p"},
    },
}

MCP_RESULT: Mapping[str, object] = {
    "jsonrpc": "2.0",
    "id": 1,
    "result": {
        "content": [
            {"type": "text", "text": "one"},
            {"type": "text", "text": "two"},
            {"type": "image", "data": BYTES, "mimeType": "image/png"},
            {"type": "audio", "data": BYTES, "mimeType": "audio/wav"},
            {"type": "resource_link", "uri": "file:///a", "name": "a", "description": "d"},
            {
                "type": "resource",
                "resource": {"uri": "file:///a", "mimeType": "text/plain", "text": "t"},
            },
            {"type": "resource", "resource": {"uri": "file:///b", "blob": BYTES}},
        ],
        "structuredContent": {"temperature": "mild", "list": ["x", {"y": "z"}]},
        "isError": False,
    },
}

MCP_TOOLS: Mapping[str, object] = {
    "jsonrpc": "2.0",
    "id": 2,
    "result": {
        "tools": [
            {"name": "weather", "title": "Weather", "description": "it", "inputSchema": SCHEMA},
            {"name": "mail", "annotations": {"title": "Mail", "readOnlyHint": True}},
        ],
        "nextCursor": "n",
    },
}

MCP_SAMPLING: Mapping[str, object] = {
    "jsonrpc": "2.0",
    "id": 3,
    "method": "sampling/createMessage",
    "params": {
        "messages": [{"role": "user", "content": {"type": "text", "text": "hello"}}],
        "systemPrompt": "be brief",
        "modelPreferences": {"hints": [{"name": "small"}]},
        "maxTokens": 500,
    },
}

MCP_OTHERS: Mapping[str, object] = {
    "jsonrpc": "2.0",
    "id": 4,
    "result": {
        "description": "a prompt",
        "messages": [{"role": "user", "content": {"type": "text", "text": "hello"}}],
        "contents": [{"uri": "file:///a", "text": "t"}, {"uri": "file:///b", "blob": BYTES}],
    },
}

OPENAI_LINE: Mapping[str, object] = {
    "custom_id": "r1",
    "method": "POST",
    "url": "/v1/chat/completions",
    "body": CHAT,
}
ANTHROPIC_LINE: Mapping[str, object] = {"custom_id": "r1", "params": MESSAGES}

REQUESTS: tuple[tuple[str, Mapping[str, object]], ...] = (
    ("openai.chat", CHAT),
    ("openai.responses", RESPONSES),
    ("openai.embeddings", EMBEDDINGS),
    ("anthropic.messages", MESSAGES),
    ("mcp", MCP_CALL),
    ("mcp", MCP_RESULT),
    ("mcp", MCP_TOOLS),
    ("mcp", MCP_SAMPLING),
    ("mcp", MCP_OTHERS),
    ("openai.batch", OPENAI_LINE),
    ("anthropic.batch", ANTHROPIC_LINE),
)
