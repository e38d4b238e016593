"""Answers of every API: all their strings are restored and judged, calls as calls of tools."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

import pytest

from epol.engine import Engine
from epol.engine.enforcing.enforced import Enforced
from epol.engine.errors import BodyError, RefusedResponseError
from tests.engine.bodies.answers import ANSWERS, CHAT, EMBEDDINGS, MESSAGES, RESPONSES
from tests.engine.bodies.planting import MRN, Path, at, fields_of, odd_values, replaced, strings
from tests.engine.bodies.samples import MCP_CALL
from tests.engine.engines import bundle_of

POLICY = """
policy answers version "1.0.0"
attr tool.name : string
attr tool.at : enum { local, premises, cloud }
attr strict.calls : bool default false
label phi.mrn
detector mrn -> phi.mrn { match /MRN [0-9]{8}/ }
target cloud { at cloud }
rule a { when target.at == cloud  tokenize phi }
rule b { on response when strict.calls  redact phi }
rule c { on tool_call when tool.name == "weather" and strict.calls  deny }
"""
NOTHING: Mapping[str, object] = {}
REQUESTS: dict[str, dict[str, object]] = {
    "openai.chat": {"messages": [{"role": "user", "content": MRN}]},
    "openai.responses": {"input": MRN},
    "openai.embeddings": {"input": MRN},
    "anthropic.messages": {"messages": [{"role": "user", "content": MRN}]},
    "mcp": {"method": "tools/call", "params": {"name": "t", "arguments": {"x": MRN}}},
}
REQUESTS["openai.batch"] = {"url": "/v1/chat/completions", "body": REQUESTS["openai.chat"]}
REQUESTS["anthropic.batch"] = {"params": REQUESTS["anthropic.messages"]}


@cache
def engine() -> Engine:
    """An engine that can refuse calls and redact answers."""
    return Engine.load(bundle_of(POLICY))


def asked(
    api: str, attributes: Mapping[str, object] = NOTHING, **tools: Mapping[str, object]
) -> tuple[Enforced, str]:
    """A request that went to the cloud, and the token of its plant."""
    body = json.dumps(REQUESTS[api])
    enforced = engine().enforce(body, api, attributes=attributes, tools=tools)
    treated = str(enforced.body_for("cloud"))
    start = treated.index("[phi.mrn:")
    return enforced, treated[start : treated.index("]", start) + 1]


def is_in_call(answer: object, path: Path) -> bool:
    """Whether something is part of a call that whoever asked is to carry out."""
    for end in range(len(path)):
        value = fields_of(at(answer, path[:end]))
        if value is not None and value.get("type") in (
            "function_call",
            "tool_use",
            "function",
        ):
            return True
    return False


@pytest.mark.parametrize(("api", "answer"), ANSWERS)
def test_every_string_is_restored(api: str, answer: object) -> None:
    for path in strings(answer):
        enforced, token = asked(api)
        body = replaced(answer, path, f"x {token}")
        if at(answer, path) in ("function_call", "tool_use", "function", "list", "response"):
            continue
        new = json.loads(enforced.response("cloud", json.dumps(body)))
        assert at(new, path) == (f"x {token}" if is_in_call(answer, path) else f"x {MRN}"), path
        assert replaced(new, path, "") == replaced(answer, path, "")


@pytest.mark.parametrize(("api", "answer"), ANSWERS)
def test_every_string_is_treated(api: str, answer: object) -> None:
    for path in strings(answer):
        if is_in_call(answer, path):
            continue
        enforced, _ = asked(api, attributes={"strict.calls": True})
        body = replaced(answer, path, f"x {MRN}")
        try:
            new = enforced.response("cloud", json.dumps(body))
        except RefusedResponseError:
            assert "weather" in json.dumps(answer)
            continue
        assert MRN not in new
        assert "[phi.mrn]" in new


@pytest.mark.parametrize(("api", "answer"), ANSWERS)
def test_values_that_no_api_expects_are_treated(api: str, answer: object) -> None:
    for path, odd in odd_values(answer):
        if is_in_call(answer, path):
            continue
        enforced, _ = asked(api, attributes={"strict.calls": True})
        body = json.dumps(replaced(answer, path, odd))
        try:
            new = enforced.response("cloud", body)
        except (RefusedResponseError, BodyError):
            continue
        assert MRN not in new, path


@pytest.mark.parametrize(("api", "answer"), ANSWERS)
def test_an_answer_with_nothing_to_do_stays(api: str, answer: object) -> None:
    body = json.dumps(answer, indent=1).encode()
    assert asked(api)[0].response("cloud", body) == body


CALLS = (
    ("openai.chat", CHAT, ("choices", 0, "message", "tool_calls", 0)),
    ("openai.responses", RESPONSES, ("output", 2)),
    ("anthropic.messages", MESSAGES, ("content", 3)),
)


@pytest.mark.parametrize(("api", "answer", "path"), CALLS)
def test_a_call_is_restored_for_a_tool_that_is_near(api: str, answer: object, path: Path) -> None:
    arguments = {
        "openai.chat": ("function", "arguments"),
        "openai.responses": ("arguments",),
        "anthropic.messages": ("input", "city"),
    }[api]
    for where, is_near in (("local", True), ("premises", True), ("cloud", False), (None, False)):
        enforced, token = asked(api, **({} if where is None else {"weather": {"at": where}}))
        said = json.dumps({"city": token}) if arguments[-1] == "arguments" else token
        body = replaced(answer, (*path, *arguments), said)
        new = at(json.loads(enforced.response("cloud", json.dumps(body))), (*path, *arguments))
        assert (MRN in str(new)) is is_near
        alone = json.dumps(at(body, path))
        kind = {} if where is None else {"at": where}
        assert (MRN in enforced.tool_call("cloud", alone, **kind)) is is_near


@pytest.mark.parametrize(("api", "answer", "path"), CALLS)
def test_a_call_is_refused_by_its_tool(api: str, answer: object, path: Path) -> None:
    enforced, _ = asked(api, attributes={"strict.calls": True})
    with pytest.raises(RefusedResponseError):
        enforced.response("cloud", json.dumps(answer))
    with pytest.raises(RefusedResponseError):
        enforced.tool_call("cloud", json.dumps(at(answer, path)))


def test_a_call_of_mcp() -> None:
    enforced, token = asked("mcp")
    call = json.dumps(replaced(MCP_CALL, ("params", "arguments", "city"), token))
    assert enforced.tool_call("cloud", call) == call
    assert MRN in enforced.tool_call("cloud", call, at="local")
    enforced, _ = asked("mcp", attributes={"strict.calls": True})
    with pytest.raises(RefusedResponseError):
        enforced.tool_call("cloud", call)
    with pytest.raises(BodyError, match="name"):
        enforced.tool_call("cloud", '{"method": "tools/call", "params": {}}')


@pytest.mark.parametrize(
    ("kind", "name"), [("local_shell_call", "local_shell"), ("computer_call", "computer")]
)
def test_calls_of_tools_without_names(kind: str, name: str) -> None:
    policy = POLICY.replace('"weather"', f'"{name}"')
    enforced = Engine.load(bundle_of(policy)).enforce(
        '{"input": "x"}', "openai.responses", attributes={"strict.calls": True}
    )
    with pytest.raises(RefusedResponseError):
        enforced.response("cloud", json.dumps({"output": [{"type": kind, "action": {}}]}))


def test_a_call_without_a_name_is_refused() -> None:
    enforced, _ = asked("openai.chat")
    with pytest.raises(BodyError, match="name"):
        enforced.tool_call("cloud", '{"function": {"arguments": "{}"}}')


@pytest.mark.parametrize("api", sorted(REQUESTS))
@pytest.mark.parametrize("body", ["[]", "null", '"x"', "3"])
def test_an_answer_must_be_an_object(api: str, body: str) -> None:
    with pytest.raises(BodyError, match="must be an object"):
        asked(api)[0].response("cloud", body)


def test_log_probabilities_go_where_something_changed() -> None:
    enforced, token = asked("openai.chat")
    probabilities = {"content": [{"token": "x", "logprob": -0.1, "bytes": [120]}]}
    answer = {"choices": [{"message": {"content": token}, "logprobs": probabilities}]}
    new = json.loads(enforced.response("cloud", json.dumps(answer)))
    assert new == {"choices": [{"message": {"content": MRN}, "logprobs": None}]}
    answer["choices"][0]["message"] = {"content": "plain"}
    body = json.dumps(answer)
    assert enforced.response("cloud", body) == body


def test_log_probabilities_in_a_conversation_go_where_something_changed() -> None:
    part = {"type": "output_text", "text": f"a {MRN}", "logprobs": [{"token": "MRN 0048"}]}
    body = {"input": [{"role": "assistant", "content": [part]}]}
    treated = str(engine().enforce(json.dumps(body), "openai.responses").body_for("cloud"))
    assert "0048" not in treated
    assert "logprobs" not in treated
    part["text"] = "plain"
    text = json.dumps(body)
    assert engine().enforce(text, "openai.responses").body_for("cloud") == text


def test_embeddings_are_no_text() -> None:
    enforced, _ = asked("openai.embeddings")
    answer = replaced(EMBEDDINGS, ("data", 0, "embedding"), [0.5] * 1536)
    body = json.dumps(answer).encode()
    assert enforced.response("cloud", body) == body


def test_a_thinking_block_comes_back_as_it_was_signed() -> None:
    session = engine().enforce(
        json.dumps(REQUESTS["anthropic.messages"]), "anthropic.messages", session="t"
    )
    treated = json.loads(str(session.body_for("cloud")))
    token = treated["messages"][0]["content"]
    signed = {"type": "thinking", "thinking": f"I see {token}.", "signature": "c2lnbmVk"}
    answer = json.loads(session.response("cloud", json.dumps({"content": [signed]})))
    assert answer["content"][0]["thinking"] == f"I see {MRN}."
    again = {"messages": [{"role": "user", "content": MRN}, {"role": "assistant", **answer}]}
    turn = engine().enforce(json.dumps(again), "anthropic.messages", session="t")
    assert json.loads(str(turn.body_for("cloud")))["messages"][1]["content"] == [signed]
