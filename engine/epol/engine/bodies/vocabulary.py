"""The words that the APIs themselves put into bodies: no data, so nothing to look for.

A key or value that is not listed is scanned, so a word that is missing here costs a
microsecond and leaks nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_TYPES = frozenset(
    {
        *("text", "input_text", "output_text", "refusal", "reasoning", "reasoning_text"),
        *("summary_text", "message", "function", "function_call", "function_call_output"),
        *("image_url", "input_image", "image", "input_audio", "audio", "file", "input_file"),
        *("document", "tool_use", "tool_result", "thinking", "redacted_thinking", "base64"),
        *("url", "content", "custom", "auto", "any", "none", "required", "ephemeral"),
        *("json_object", "json_schema", "object", "string", "number", "integer", "boolean"),
        *("array", "null", "resource", "resource_link", "enabled", "disabled", "adaptive"),
        *("file_search_call", "web_search_call", "computer_call", "computer_call_output"),
        *("computer_screenshot", "code_interpreter_call", "image_generation_call", "logs"),
        *("local_shell_call", "local_shell_call_output", "shell_call", "shell_call_output"),
        *("apply_patch_call", "apply_patch_call_output", "custom_tool_call", "item_reference"),
        *("custom_tool_call_output", "mcp_list_tools", "mcp_call", "mcp_approval_request"),
        *("mcp_approval_response", "compaction", "mcp", "web_search", "file_search"),
        *("code_interpreter", "image_generation", "computer_use_preview", "local_shell", "exec"),
        *("server_tool_use", "web_search_tool_result", "web_search_result", "search_result"),
        *("search", "tool", "allowed_tools", "approximate", "url_citation", "file_citation"),
        *("char_location", "page_location", "content_block_location", "error", "succeeded"),
    }
)

WORDS: Mapping[str, frozenset[str]] = {
    "role": _ROLES,
    "type": _TYPES,
    "object": frozenset(
        {"chat.completion", "chat.completion.chunk", "list", "embedding", "response"}
    ),
    "finish_reason": frozenset({"stop", "length", "tool_calls", "content_filter", "function_call"}),
    "stop_reason": frozenset({"end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn"}),
    "status": frozenset({"completed", "in_progress", "incomplete", "failed"}),
    "tool_choice": frozenset({"auto", "none", "required", "any"}),
    "encoding_format": frozenset({"float", "base64"}),
    "detail": frozenset({"auto", "low", "high"}),
    "reasoning_effort": frozenset({"none", "minimal", "low", "medium", "high"}),
    "effort": frozenset({"none", "minimal", "low", "medium", "high"}),
    "jsonrpc": frozenset({"2.0"}),
    "method": frozenset({"tools/call", "tools/list"}),
    "protocolVersion": frozenset({"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"}),
    "media_type": frozenset(
        {"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"}
    ),
}
"""By key, the values that are the API's own."""

KEYS = frozenset(
    {
        *("role", "content", "type", "text", "name", "id", "object", "created", "model"),
        *("messages", "tools", "functions", "function", "parameters", "arguments", "description"),
        *("tool_calls", "tool_call_id", "tool_choice", "function_call", "tool_use_id", "strict"),
        *("properties", "required", "items", "enum", "anyOf", "oneOf", "allOf", "default", "title"),
        *("additionalProperties", "format", "pattern", "minimum", "maximum", "$schema", "$ref"),
        *("minLength", "maxLength", "minItems", "maxItems", "const", "examples", "$defs"),
        *("image_url", "url", "detail", "input_audio", "data", "file", "file_data", "filename"),
        *("file_id", "source", "media_type", "input", "output", "instructions", "metadata"),
        *("user", "system", "stop", "stop_sequences", "temperature", "top_p", "top_k", "n"),
        *("max_tokens", "max_completion_tokens", "max_output_tokens", "stream", "seed"),
        *("stream_options", "include_usage", "response_format", "json_schema", "schema", "usage"),
        *("presence_penalty", "frequency_penalty", "logprobs", "top_logprobs", "logit_bias"),
        *("parallel_tool_calls", "reasoning_effort", "reasoning", "effort", "summary", "store"),
        *("prompt_tokens", "completion_tokens", "total_tokens", "input_tokens", "output_tokens"),
        *("choices", "message", "index", "finish_reason", "refusal", "reasoning_content"),
        *("stop_reason", "stop_sequence", "thinking", "signature", "cache_control", "is_error"),
        *("jsonrpc", "method", "params", "result", "error", "code", "structuredContent", "_meta"),
        *("isError", "annotations", "resource", "uri", "mimeType", "blob", "dimensions"),
        *("encoding_format", "prompt", "call_id", "status", "previous_response_id", "include"),
        *("delta", "system_fingerprint", "service_tier", "embedding", "verbosity", "prediction"),
        *("custom", "allowed_tools", "mode", "modalities", "audio", "transcript", "format"),
        *("web_search_options", "user_location", "approximate", "search_context_size"),
        *("safety_identifier", "prompt_cache_key", "max_tool_calls", "truncation", "background"),
        *("conversation", "variables", "queries", "results", "action", "query", "outputs", "logs"),
        *("server_label", "server_url", "require_approval", "approval_request_id", "approve"),
        *("reason", "encrypted_content", "created_at", "completed_at", "incomplete_details"),
        *("url_citation", "start_index", "end_index", "token", "logprob", "bytes", "budget_tokens"),
        *("citations", "cited_text", "document_index", "document_title", "context", "input_schema"),
        *("mcp_servers", "container", "output_config", "output_format", "context_management"),
        *("user_id", "allowed_domains", "blocked_domains", "cache_creation_input_tokens", "ttl"),
        *("cache_read_input_tokens", "prompt_tokens_details", "completion_tokens_details"),
        *("cached_tokens", "reasoning_tokens", "audio_tokens", "input_tokens_details"),
        *("output_tokens_details", "inputSchema", "outputSchema", "readOnlyHint", "nextCursor"),
        *("systemPrompt", "maxTokens", "modelPreferences", "hints", "progressToken", "contents"),
        *("prompts", "resources", "cursor", "custom_id", "body", "requests", "response"),
        *("protocolVersion", "clientInfo", "serverInfo", "capabilities"),
        *("status_code", "request_id", "param", "object", "parsed", "score", "attributes"),
    }
)
"""Keys that the APIs name.  Any other key is text that somebody chose."""

SEALED: Mapping[str, str] = {
    "thinking": "signature",
    "redacted_thinking": "data",
    "reasoning": "encrypted_content",
    "compaction": "encrypted_content",
    "web_search_result": "encrypted_content",
}
"""By type of a part or item, the key under which a provider has what only it can read.

It made that of text that it had been sent, so it is neither scanned nor counted as opaque.
"""

# Words of letters, and short ones with digits, behind each other.
_MODEL = re.compile(
    r"[A-Za-z][A-Za-z0-9]{0,15}(?:[._:/+-]{1,2}(?:[A-Za-z]{1,16}|[A-Za-z0-9]{1,8})){0,12}"
    r"(?:@[a-z0-9-]{1,32})?"
)
_DATE = re.compile(r"(?<!\d)20\d\d(-?)[01]\d\1[0-3]\d(?!\d)")
_DIGIT = re.compile(r"\d")
_MOST_DIGITS = 6


def is_word(key: str, value: str) -> bool:
    """Whether a string is one of the API's own words, where it has such words."""
    words = WORDS.get(key)
    return words is not None and value in words


def is_model(value: str) -> bool:
    """Whether a string is a name as models have them, and nothing else is in it.

    Many end with a date, which detectors of dates would rewrite; beside that there may be few
    digits, and no long word that mixes digits and letters.
    """
    plain = _DATE.sub("", value)
    return _MODEL.fullmatch(value) is not None and len(_DIGIT.findall(plain)) <= _MOST_DIGITS
