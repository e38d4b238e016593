"""Caps and tool lists, where each API has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.bodies.apis import api
from epol.engine.bodies.document import read
from epol.engine.bodies.edits import Edits
from epol.engine.bodies.parts import Source
from epol.engine.bodies.tools import apply_tools
from tests.engine.bodies.planting import at
from tests.engine.bodies.samples import (
    CHAT,
    MCP_SAMPLING,
    MCP_TOOLS,
    MESSAGES,
    OPENAI_LINE,
    RESPONSES,
)

BASES: Mapping[str, dict[str, object]] = {
    "openai.chat": {"messages": []},
    "openai.responses": {"input": "x"},
    "openai.embeddings": {"input": "x"},
    "anthropic.messages": {"messages": []},
}


def limited(name: str, body: object, caps: Mapping[str, int]) -> dict[str, object]:
    """A body with caps written into it."""
    document = read(json.dumps(body).encode())
    edits = Edits(document)
    api(name).request(Source(document)).limit(edits, caps)
    return cast(dict[str, object], json.loads(edits.rendered()))


def offered(name: str, body: object, *allowed: str) -> dict[str, object]:
    """A body with no other tools than are allowed."""
    document = read(json.dumps(body).encode())
    edits = Edits(document)
    apply_tools(edits, api(name).request(Source(document)).tools, allowed)
    return cast(dict[str, object], json.loads(edits.rendered()))


Fields = dict[str, object]
TOKENS: tuple[tuple[str, Fields, Fields], ...] = (
    ("openai.chat", {}, {"max_completion_tokens": 100}),
    ("openai.chat", {"max_tokens": 500}, {"max_tokens": 100}),
    ("openai.chat", {"max_tokens": 5}, {"max_tokens": 5}),
    (
        "openai.chat",
        {"max_tokens": 500, "max_completion_tokens": 5},
        {"max_tokens": 100, "max_completion_tokens": 5},
    ),
    ("openai.chat", {"max_tokens": -1}, {"max_tokens": 100}),
    ("openai.chat", {"max_tokens": None}, {"max_tokens": None, "max_completion_tokens": 100}),
    ("openai.chat", {"max_tokens": "500"}, {"max_tokens": 100}),
    ("openai.chat", {"max_tokens": True}, {"max_tokens": 100}),
    ("openai.chat", {"max_tokens": 1e3}, {"max_tokens": 100}),
    ("openai.responses", {}, {"max_output_tokens": 100}),
    ("openai.responses", {"max_output_tokens": 500}, {"max_output_tokens": 100}),
    ("openai.embeddings", {}, {}),
    ("anthropic.messages", {}, {"max_tokens": 100}),
    ("anthropic.messages", {"max_tokens": 500}, {"max_tokens": 100}),
)


@pytest.mark.parametrize(("name", "body", "expected"), TOKENS)
def test_the_tokens_of_an_answer_are_capped(
    name: str, body: dict[str, object], expected: dict[str, object]
) -> None:
    base = BASES[name]
    assert limited(name, {**base, **body}, {"max_output_tokens": 100}) == {**base, **expected}


NUMBERS: tuple[tuple[dict[str, int], Fields, Fields], ...] = (
    ({"temperature": 500_000}, {}, {"temperature": 0.5}),
    ({"temperature": 500_000}, {"temperature": 0.25}, {"temperature": 0.25}),
    ({"temperature": 500_000}, {"temperature": 1.5}, {"temperature": 0.5}),
    ({"temperature": 1_500_000}, {}, {}),
    ({"temperature": 1_500_000}, {"temperature": 2}, {"temperature": 1.5}),
    ({"top_p": 900_000}, {}, {"top_p": 0.9}),
    ({"top_p": 1_000_000}, {}, {}),
)


@pytest.mark.parametrize("name", ["openai.chat", "openai.responses", "anthropic.messages"])
@pytest.mark.parametrize(("caps", "body", "expected"), NUMBERS)
def test_numbers_are_capped_and_never_raised(
    name: str, caps: dict[str, int], body: dict[str, object], expected: dict[str, object]
) -> None:
    base = BASES[name]
    assert limited(name, {**base, **body}, caps) == {**base, **expected}


EFFORTS: tuple[tuple[str, int, Fields, Fields], ...] = (
    ("openai.chat", 1, {}, {"reasoning_effort": "low"}),
    ("openai.chat", 3, {}, {}),
    ("openai.chat", 1, {"reasoning_effort": "minimal"}, {"reasoning_effort": "minimal"}),
    ("openai.chat", 0, {"reasoning_effort": "minimal"}, {"reasoning_effort": "none"}),
    ("openai.chat", 3, {"reasoning_effort": "xhigh"}, {"reasoning_effort": "high"}),
    ("openai.chat", 1, {"reasoning": {"effort": "high"}}, {"reasoning": {"effort": "low"}}),
    ("openai.responses", 1, {}, {"reasoning": {"effort": "low"}}),
    ("openai.responses", 1, {"reasoning": None}, {"reasoning": {"effort": "low"}}),
    (
        "openai.responses",
        2,
        {"reasoning": {"summary": "auto"}},
        {"reasoning": {"effort": "medium", "summary": "auto"}},
    ),
    ("anthropic.messages", 0, {}, {}),
    (
        "anthropic.messages",
        0,
        {"thinking": {"type": "enabled", "budget_tokens": 9000}},
        {"thinking": {"type": "disabled"}},
    ),
    (
        "anthropic.messages",
        1,
        {"thinking": {"type": "enabled", "budget_tokens": 9000}},
        {"thinking": {"type": "enabled", "budget_tokens": 1024}},
    ),
    (
        "anthropic.messages",
        3,
        {"thinking": {"type": "enabled", "budget_tokens": 9000}},
        {"thinking": {"type": "enabled", "budget_tokens": 9000}},
    ),
    (
        "anthropic.messages",
        2,
        {"thinking": {"type": "adaptive"}},
        {"thinking": {"type": "adaptive"}, "output_config": {"effort": "medium"}},
    ),
    (
        "anthropic.messages",
        0,
        {"thinking": {"type": "adaptive"}, "output_config": {"effort": "max", "format": 1}},
        {"thinking": {"type": "disabled"}, "output_config": {"effort": "low", "format": 1}},
    ),
    (
        "anthropic.messages",
        3,
        {"output_config": {"effort": "max"}},
        {"output_config": {"effort": "high"}},
    ),
    (
        "anthropic.messages",
        1,
        {"thinking": {"type": "disabled"}},
        {"thinking": {"type": "disabled"}},
    ),
)


@pytest.mark.parametrize(("name", "cap", "body", "expected"), EFFORTS)
def test_effort_is_capped(
    name: str, cap: int, body: dict[str, object], expected: dict[str, object]
) -> None:
    base = BASES[name]
    assert limited(name, {**base, **body}, {"reasoning_effort": cap}) == {**base, **expected}


@given(
    budget=st.integers(1024, 100_000),
    asked=st.integers(1, 100_000),
    most=st.integers(1, 100_000),
    cap=st.sampled_from((None, 1, 2, 3)),
)
def test_a_budget_of_thinking_fits_into_the_answer(
    budget: int, asked: int, most: int, cap: int | None
) -> None:
    body: Fields = {
        "messages": [],
        "max_tokens": budget + asked,
        "thinking": {"type": "enabled", "budget_tokens": budget},
    }
    caps = {"max_output_tokens": most, **({} if cap is None else {"reasoning_effort": cap})}
    after = limited("anthropic.messages", body, caps)
    assert cast(int, after["max_tokens"]) <= most
    thinking = cast(dict[str, object], after["thinking"])
    if thinking["type"] == "enabled":
        assert 1024 <= cast(int, thinking["budget_tokens"]) <= budget
        assert cast(int, thinking["budget_tokens"]) < cast(int, after["max_tokens"])


def test_caps_inside_other_bodies() -> None:
    line = limited("openai.batch", OPENAI_LINE, {"max_output_tokens": 7})
    assert at(line, ("body", "max_completion_tokens")) == 7
    assert "max_completion_tokens" not in line
    sampling = limited("mcp", MCP_SAMPLING, {"max_output_tokens": 7, "temperature": 0})
    assert at(sampling, ("params", "maxTokens")) == 7
    assert at(sampling, ("params", "temperature")) == 0
    call = {"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "t"}}
    assert limited("mcp", call, {"max_output_tokens": 7}) == call


def test_no_tools_are_left() -> None:
    chat = offered("openai.chat", CHAT)
    assert not {"tools", "functions", "tool_choice", "web_search_options"} & chat.keys()
    assert not {"tools", "tool_choice"} & offered("openai.responses", RESPONSES).keys()
    assert (
        not {"tools", "tool_choice", "mcp_servers"} & offered("anthropic.messages", MESSAGES).keys()
    )
    assert at(offered("mcp", MCP_TOOLS), ("result", "tools")) == []
    line = offered("openai.batch", OPENAI_LINE)
    assert "tools" not in cast(dict[str, object], line["body"])


NAMES = (
    ("openai.chat", CHAT, ["weather", "sql", "weather", "web_search"]),
    ("openai.responses", RESPONSES, ["weather", "web_search", "mcp:s"]),
    ("anthropic.messages", MESSAGES, ["weather", "web_search", "mcp:s"]),
    ("mcp", MCP_TOOLS, ["weather", "mail"]),
)


@pytest.mark.parametrize(("name", "sample", "names"), NAMES)
def test_tools_have_names(name: str, sample: object, names: list[str]) -> None:
    body = api(name).request(Source(read(json.dumps(sample).encode())))
    assert [name for each in body.tools for name in each.names] == names
    assert body.facts["request.tools"] == len(names)
    assert offered(name, sample, *names) == sample


@pytest.mark.parametrize(("name", "sample", "names"), NAMES)
def test_one_tool_is_left(name: str, sample: object, names: list[str]) -> None:
    for allowed in names:
        again = offered(name, sample, allowed)
        body = api(name).request(Source(read(json.dumps(again).encode())))
        assert {name for each in body.tools for name in each.names} == {allowed}


CHOICES = (
    ("openai.chat", "none", "none"),
    ("openai.chat", "required", "required"),
    ("openai.chat", {"type": "function", "function": {"name": "weather"}}, "same"),
    ("openai.chat", {"type": "custom", "custom": {"name": "sql"}}, None),
    (
        "openai.chat",
        {
            "type": "allowed_tools",
            "allowed_tools": {
                "mode": "auto",
                "tools": [
                    {"type": "custom", "custom": {"name": "sql"}},
                    {"type": "function", "function": {"name": "weather"}},
                ],
            },
        },
        {
            "type": "allowed_tools",
            "allowed_tools": {
                "mode": "auto",
                "tools": [{"type": "function", "function": {"name": "weather"}}],
            },
        },
    ),
    ("openai.responses", {"type": "mcp", "server_label": "s", "name": "weather"}, None),
    ("openai.responses", {"type": "web_search"}, None),
    ("openai.responses", {"type": "function", "name": "weather"}, "same"),
    (
        "openai.responses",
        {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "web_search"}]},
        "none",
    ),
    ("anthropic.messages", {"type": "any"}, "same"),
    ("anthropic.messages", {"type": "tool", "name": "web_search"}, None),
)
SAMPLES = {"openai.chat": CHAT, "openai.responses": RESPONSES, "anthropic.messages": MESSAGES}


@pytest.mark.parametrize(("name", "choice", "expected"), CHOICES)
def test_a_choice_of_what_is_gone_goes(name: str, choice: object, expected: object) -> None:
    after = offered(name, {**SAMPLES[name], "tool_choice": choice}, "weather")
    assert after.get("tool_choice") == (choice if expected == "same" else expected)


def test_a_tool_without_a_name_goes() -> None:
    body: Fields = {
        "messages": [],
        "tools": ["weather", {}, 7, {"type": "function", "function": {}}],
    }
    assert "tools" not in offered("openai.chat", body, "weather")


@pytest.mark.parametrize(
    ("name", "kind", "tokens"),
    [
        ("openai.chat", "chat", None),
        ("openai.responses", "chat", 4000),
        ("openai.embeddings", "embedding", 0),
        ("anthropic.messages", "chat", None),
    ],
)
def test_facts(name: str, kind: str, tokens: int | None) -> None:
    samples: dict[str, object] = {**BASES, "openai.responses": RESPONSES}
    facts = api(name).request(Source(read(json.dumps(samples[name]).encode()))).facts
    assert facts["request.kind"] == kind
    assert facts.get("request.max_output_tokens") == tokens
    assert facts["request.stream"] is (name == "openai.responses")


def test_facts_of_mcp() -> None:
    facts = api("mcp").request(Source(read(json.dumps(MCP_SAMPLING).encode()))).facts
    assert (facts["request.kind"], facts["request.max_output_tokens"]) == ("chat", 500)
    facts = api("mcp").request(Source(read(json.dumps(MCP_TOOLS).encode()))).facts
    assert (facts["request.kind"], facts["request.tools"]) == ("other", 2)
