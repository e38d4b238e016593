"""What a stranger may try: answers of odd shapes, from a provider who wants the originals.

The tool `labs` runs here and gets originals; `mail` runs in the cloud and gets tokens.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import pytest

from epol.compiler.embedding import compile_bundle
from epol.engine import BodyError, Enforced, Engine, RefusedResponseError

POLICY = """
policy strangers version "1.0.0"
import std.edge
label secret.key
label pii.mail
detector key -> secret.key { match /KEY-[a-z0-9]{16}/ }
detector mail -> pii.mail { match /[a-z]{1,20}@[a-z]{1,20}\\.example/ }
target ward { at local  context 1M  tools true }
target cloud { at cloud  context 1M  tools true }
rule first { when target.name == cloud  prefer 1  tokenize secret }
rule quiet { on response  when target.at == cloud  redact pii.mail }
rule asks { on tool_call  when tool.at == cloud  hold }
"""
KEY = "KEY-abcd1234efgh5678"
MAIL = "jane@ward.example"
BODIES: dict[str, dict[str, object]] = {
    "openai.chat": {"messages": [{"role": "user", "content": f"see {KEY}"}]},
    "openai.responses": {"input": f"see {KEY}"},
    "anthropic.messages": {
        "max_tokens": 10,
        "messages": [{"role": "user", "content": f"see {KEY}"}],
    },
}
TOOLS: dict[str, dict[str, object]] = {"labs": {"at": "local"}, "mail": {"at": "cloud"}}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    path = tmp_path_factory.mktemp("policy") / "strangers.epol"
    path.write_text(POLICY, encoding="utf-8")
    return Engine.load(compile_bundle(path))


def asked(engine: Engine, api: str) -> tuple[Enforced, str]:
    """A request with a key, and its token."""
    enforced = engine.enforce(BODIES[api], api, session="s", tools=TOOLS)
    sent = json.dumps(enforced.body_for("cloud"))
    at = sent.index("[secret.key:")
    return enforced, sent[at : sent.index("]", at) + 1]


def chat_answer(*calls: object) -> dict[str, object]:
    """A chat completion that makes tool calls."""
    message = {"role": "assistant", "content": None, "tool_calls": list(calls)}
    return {"choices": [{"index": 0, "message": message}]}


def two_names(token: str) -> dict[str, list[dict[str, object]]]:
    """By API, calls that one reader takes for the tool that is near, and one for the other."""
    near, far = {"name": "labs", "arguments": token}, {"name": "mail", "input": token}
    return {
        "openai.chat": [
            {"id": "1", "type": "custom", "function": near, "custom": far},
            {"id": "1", "type": "function", "name": "mail", "function": near},
        ],
        "openai.responses": [
            {"type": "function_call", "name": "mail", "arguments": token, "function": near},
            {"type": "function_call", "name": "mail", "arguments": token, "custom": near},
        ],
        "anthropic.messages": [
            {"type": "tool_use", "name": "mail", "id": "1", "input": {}, "function": near}
        ],
    }


@pytest.mark.parametrize("api", sorted(BODIES))
def test_a_call_of_two_names_is_refused(engine: Engine, api: str) -> None:
    enforced, token = asked(engine, api)
    for call in two_names(token)[api]:
        answer = {
            "openai.chat": chat_answer(call),
            "openai.responses": {"output": [call]},
            "anthropic.messages": {"content": [call]},
        }[api]
        with pytest.raises(BodyError, match="more than one name"):
            enforced.response("cloud", cast(dict[str, object], answer))
        with pytest.raises(BodyError, match="more than one name"):
            enforced.tool_call("cloud", call)


@pytest.mark.parametrize("api", sorted(BODIES))
def test_an_offered_tool_of_two_names_is_refused(engine: Engine, api: str) -> None:
    tool = {"type": "function", "name": "mail", "function": {"name": "labs"}}
    with pytest.raises(BodyError, match="more than one name"):
        engine.enforce({**BODIES[api], "tools": [tool]}, api)


def test_an_approved_name_is_no_approved_id(engine: Engine) -> None:
    enforced, _ = asked(engine, "openai.chat")
    enforced.approve_call("labs")
    enforced.approve_answer("cloud")
    for chosen in ("labs", "answer of cloud"):
        call = {"id": chosen, "type": "function", "function": {"name": "mail", "arguments": "{}"}}
        with pytest.raises(RefusedResponseError, match="a person must approve"):
            enforced.response("cloud", chat_answer(call))
