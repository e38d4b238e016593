"""`Engine.enforce`: bodies for each target, held ones, caps, tools, and what comes back."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from epol.compiler.embedding import compile_bundle
from epol.engine import (
    BodyError,
    Engine,
    RefusedResponseError,
    RefusedTargetError,
    RequestError,
)

POLICY = """
policy enforced
import std.edge
label phi.mrn
label pii.mail
detector mrn -> phi.mrn { match /MRN [0-9]{8}/ }
detector mail -> pii.mail { match /[a-z]+@[a-z]+\\.example/ }
target ward { at local  context 1M  tools true }
target azure { at cloud  context 1M  tools true }
target vault { at cloud  context 1M  tools true }
rule tokens { when target.at == cloud  tokenize phi  redact pii }
rule held { when target.name == vault and request.tools == 0  hold  because "a person looks" }
rule small { when target.at == cloud
  cap max_output_tokens 200  cap temperature 0.5  tools only "look_up" }
rule near { when target.at == local  prefer 10 }
rule full { when count phi.mrn > 3  block  because "bulk" }
rule quiet { on response  when target.at == cloud  mask pii.mail }
rule bulk_answer { on response  when count phi.mrn > 3  deny  because "bulk" }
rule no_mail { on tool_call  when tool.name == "delete"  deny }
rule asked { on tool_call  when tool.name == "pay"  hold }
rule args { on tool_call  when tool.at == cloud  redact pii.mail }
"""
Json = Any
TOKEN = re.compile(r"\[phi\.mrn:[a-z]{16}\]")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    path: Path = tmp_path_factory.mktemp("policy") / "enforced.epol"
    path.write_text(POLICY, encoding="utf-8")
    return Engine.load(compile_bundle(path))


def chat(text: str, **more: object) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}], **more}


def answer(text: str | None, *calls: dict[str, object]) -> dict[str, object]:
    message: dict[str, object] = {"role": "assistant", "content": text}
    if calls:
        message["tool_calls"] = list(calls)
    return {"choices": [{"index": 0, "message": message}]}


def called(name: str, arguments: object) -> dict[str, object]:
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"id": f"call_{name}", "type": "function", "function": function}


def said(body: Json) -> str:
    text: str = body["choices"][0]["message"]["content"]
    return text


def test_what_nothing_changes_is_the_same_to_the_byte(engine: Engine) -> None:
    body = (
        b' {"messages" :[ {"role":"user","content":"caf\\u00e9 \\/ MRN 12345678"}],"x":1.50e1 }\n'
    )
    assert engine.enforce(body, "openai.chat").body_for("ward") == body


def test_only_what_is_treated_changes(engine: Engine) -> None:
    body = b'{"messages" : [{"role":"user","content":"of a@b.example \\u00e9"}], "x": 1.50}'
    enforced = engine.enforce(body, "openai.chat", attributes={"request.tools": 1})
    done = enforced.body_for("azure")
    assert isinstance(done, bytes)
    assert done.endswith(
        b'"messages" : [{"role":"user","content":"of [pii.mail] \xc3\xa9"}], "x": 1.50}'
    )


@pytest.mark.parametrize("form", [dict, str, bytes])
def test_bodies_come_back_in_their_form(engine: Engine, form: type) -> None:
    value = chat("MRN 12345678")
    given: Any = value if form is dict else json.dumps(value)
    given = given.encode() if form is bytes else given
    enforced = engine.enforce(given, "openai.chat")
    assert type(enforced.body_for("azure")) is form
    assert type(enforced.response("azure", given)) is form


def test_a_target_that_is_not_permitted_has_no_body(engine: Engine) -> None:
    enforced = engine.enforce(chat(" ".join(f"MRN 1234567{n}" for n in range(5))), "openai.chat")
    assert enforced.decision.status == "block"
    for target in ("ward", "azure", "nobody"):
        with pytest.raises(RefusedTargetError):
            enforced.body_for(target)
        with pytest.raises(RefusedTargetError):
            enforced.response(target, answer("hello"))
        with pytest.raises(RefusedTargetError):
            enforced.approve(target)


def test_a_held_target_waits_for_a_person(engine: Engine) -> None:
    enforced = engine.enforce(chat("hello"), "openai.chat")
    with pytest.raises(RefusedTargetError, match="a person must approve"):
        enforced.body_for("vault")
    with pytest.raises(RefusedTargetError, match="held"):
        enforced.response("vault", answer("hello"))
    enforced.approve("vault")
    assert enforced.body_for("vault")


def test_caps_lower_what_is_asked_for_and_set_what_is_not(engine: Engine) -> None:
    def sent(**asked: object) -> Json:
        return engine.enforce(chat("hi", **asked), "openai.chat").body_for("azure")

    assert sent()["max_completion_tokens"] == 200
    assert sent(max_tokens=500)["max_tokens"] == 200
    assert "max_completion_tokens" not in sent(max_tokens=500)
    assert sent(max_tokens=50, temperature=0.1)["max_tokens"] == 50
    assert sent(temperature=0.1)["temperature"] == 0.1
    assert sent(temperature=1.5)["temperature"] == 0.5
    assert sent(temperature=None)["temperature"] == 0.5


def test_no_other_tools_are_offered(engine: Engine) -> None:
    def tool(name: str) -> dict[str, object]:
        return {"type": "function", "function": {"name": name, "description": "for a@b.example"}}

    offered = [tool("look_up"), tool("send")]
    body = chat("hi", tools=offered, tool_choice=tool("send"))
    sent: Any = engine.enforce(body, "openai.chat").body_for("azure")
    assert [each["function"]["name"] for each in sent["tools"]] == ["look_up"]
    assert sent["tools"][0]["function"]["description"] == "for [pii.mail]"
    assert "tool_choice" not in sent
    none: Any = engine.enforce(chat("hi", tools=[tool("send")]), "openai.chat").body_for("azure")
    assert "tools" not in none
    kept: Any = engine.enforce(body, "openai.chat").body_for("ward")
    assert kept == body


def test_an_answer_has_the_originals_again(engine: Engine) -> None:
    enforced = engine.enforce(chat("see MRN 12345678"), "openai.chat", session="s")
    sent: Any = enforced.body_for("azure")
    (token,) = TOKEN.findall(sent["messages"][0]["content"])
    assert said(enforced.response("azure", answer(f"it is {token}."))) == "it is MRN 12345678."


def test_an_original_in_json_stays_json(engine: Engine) -> None:
    enforced = engine.enforce(chat("MRN 12345678"), "openai.chat")
    sent: Any = enforced.body_for("azure")
    (token,) = TOKEN.findall(sent["messages"][0]["content"])
    done = said(enforced.response("azure", answer(json.dumps({"who": token, "k": ["é", 1]}))))
    assert json.loads(done) == {"who": "MRN 12345678", "k": ["é", 1]}


def test_one_session_knows_nothing_of_another(engine: Engine) -> None:
    one = engine.enforce(chat("MRN 12345678"), "openai.chat", session="one")
    again = engine.enforce(chat("MRN 12345678"), "openai.chat", session="one")
    other = engine.enforce(chat("MRN 12345678"), "openai.chat", session="other")
    alone = engine.enforce(chat("MRN 12345678"), "openai.chat")
    sent: Any = one.body_for("azure")
    token = sent["messages"][0]["content"]
    assert again.body_for("azure") == sent
    assert other.body_for("azure") != sent != alone.body_for("azure")
    assert said(again.response("azure", answer(token))) == "MRN 12345678"
    for stranger in (other, alone):
        assert said(stranger.response("azure", answer(token))) == token


def test_the_rules_of_answers_see_originals(engine: Engine) -> None:
    enforced = engine.enforce(chat("hi"), "openai.chat")
    assert said(enforced.response("azure", answer("to ab@cd.example"))) == "to *************"
    assert said(enforced.response("ward", answer("to ab@cd.example"))) == "to ab@cd.example"
    with pytest.raises(RefusedResponseError, match="bulk_answer") as told:
        enforced.response("ward", answer(" ".join(f"MRN 1234567{n}" for n in range(5))))
    assert told.value.rules == ("bulk_answer",)


def test_log_probabilities_go_with_what_is_treated(engine: Engine) -> None:
    body: Any = answer("to ab@cd.example")
    body["choices"][0]["logprobs"] = {"content": [{"token": "ab@cd.example", "logprob": 0.0}]}
    enforced = engine.enforce(chat("hi"), "openai.chat")
    treated: Any = enforced.response("azure", body)
    assert treated["choices"][0]["logprobs"] is None
    assert enforced.response("ward", body) == body


@pytest.mark.parametrize(
    ("at", "is_restored"), [("local", True), ("premises", True), ("cloud", False), (None, False)]
)
def test_originals_reach_near_tools_only(engine: Engine, at: str | None, is_restored: bool) -> None:
    tools: dict[str, dict[str, object]] = {} if at is None else {"look_up": {"at": at}}
    enforced = engine.enforce(chat("MRN 12345678"), "openai.chat", tools=tools)
    sent: Any = enforced.body_for("azure")
    token = sent["messages"][0]["content"]
    call = called("look_up", {"who": [token]})
    done: Any = enforced.response("azure", answer(None, call))
    (got,) = done["choices"][0]["message"]["tool_calls"]
    wanted = {"who": ["MRN 12345678" if is_restored else token]}
    assert json.loads(got["function"]["arguments"]) == wanted
    assert enforced.tool_call("azure", call) == got
    one: Any = engine.enforce(chat("hi"), "openai.chat").tool_call("azure", call, at="local")
    assert json.loads(one["function"]["arguments"]) == {"who": [token]}


def test_tool_calls_have_rules_of_their_own(engine: Engine) -> None:
    enforced = engine.enforce(chat("hi"), "openai.chat")
    with pytest.raises(RefusedResponseError, match="no_mail"):
        enforced.response("ward", answer("ok", called("delete", {})))
    with pytest.raises(RefusedResponseError, match="no_mail"):
        enforced.tool_call("ward", called("delete", {}))
    sent: Any = enforced.tool_call("ward", called("send", {"to": "a@b.example"}), at="cloud")
    assert json.loads(sent["function"]["arguments"]) == {"to": "[pii.mail]"}
    # Where the tool is, is not known: it may be in the cloud.
    sent = enforced.tool_call("ward", called("send", {"to": "a@b.example"}))
    assert json.loads(sent["function"]["arguments"]) == {"to": "[pii.mail]"}
    sent = enforced.tool_call("ward", called("send", {"to": "a@b.example"}), at="local")
    assert json.loads(sent["function"]["arguments"]) == {"to": "a@b.example"}


def test_a_held_call_waits_for_a_person(engine: Engine) -> None:
    enforced = engine.enforce(chat("hi"), "openai.chat")
    call = called("pay", {"sum": 3})
    with pytest.raises(RefusedResponseError, match="asked") as told:
        enforced.tool_call("ward", call)
    assert told.value.is_held
    enforced.approve_call("call_pay")
    assert enforced.tool_call("ward", call) == call


@pytest.mark.parametrize(
    "body",
    [
        b'{"messages": [], "messages": []}',
        b'{"messages": [{"role": "user", "content": "\xff"}]}',
        b'{"messages": ' + b"[" * 200 + b"]" * 200 + b"}",
        b"[]",
        b"{}",
        b"",
    ],
)
def test_what_cannot_be_read_is_refused(engine: Engine, body: bytes) -> None:
    with pytest.raises(BodyError):
        engine.enforce(body, "openai.chat")
    with pytest.raises(BodyError):
        engine.enforce(chat("hi"), "openai.chat").response("ward", body + b"x")


def test_an_api_that_nobody_knows_is_named(engine: Engine) -> None:
    with pytest.raises(RequestError, match=r"openai\.chat"):
        engine.enforce(chat("hi"), "cohere.chat")


def test_the_body_says_what_it_asks_for(engine: Engine) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    body: dict[str, Any] = {
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}, image]}]
    }
    enforced = engine.enforce(body, "openai.chat")
    assert set(enforced.decision.order) == set()
    rules = {reason.rule for reason in enforced.decision.reasons}
    assert {"std.edge.can_see", "std.edge.opaque_stays_off_cloud"} <= rules


def test_off_the_loop(engine: Engine) -> None:
    enforced = asyncio.run(engine.aenforce(chat("MRN 12345678"), "openai.chat", session="s"))
    assert enforced.decision.status == "route"


def test_a_swap_changes_nothing_for_a_request_under_way(engine: Engine, tmp_path: Path) -> None:
    own = Engine.load(_bundle(tmp_path, POLICY))
    enforced = own.enforce(chat("mail a@b.example"), "openai.chat")
    own.swap(_bundle(tmp_path, POLICY.replace("  redact pii }", "}")))
    sent: Any = enforced.body_for("azure")
    assert sent["messages"][0]["content"] == "mail [pii.mail]"
    now: Any = own.enforce(chat("mail a@b.example"), "openai.chat").body_for("azure")
    assert now["messages"][0]["content"] == "mail a@b.example"


def _bundle(folder: Path, text: str) -> bytes:
    path = folder / "policy.epol"
    path.write_text(text, encoding="utf-8")
    return compile_bundle(path)


def test_a_policy_may_mean_something_else_by_a_name(tmp_path: Path) -> None:
    own = """policy named
attr request.kind : int default 3
attr request.tools : int in 0 .. 1
target t { at local }
rule three { when request.kind == 3 and request.tools < 5  tag "three" }
"""
    engine = Engine.load(_bundle(tmp_path, own))
    body = chat("hi", tools=[{"type": "function", "function": {"name": n}} for n in "abc"])
    decision = engine.enforce(body, "openai.chat").decision
    assert (decision.status, decision.targets["t"].tags) == ("route", ("three",))
    with pytest.raises(RequestError, match=r"request\.kind"):
        engine.enforce(body, "openai.chat", attributes={"request.kind": "chat"})


@pytest.mark.parametrize(
    "options",
    [
        {"attributes": None},
        {"signals": []},
        {"tools": {"send": None}},
        {"tools": None},
        {"session": ""},
        {"session": 5},
        {"subject": ""},
    ],
)
def test_what_a_program_gives_is_judged(engine: Engine, options: dict[str, Json]) -> None:
    with pytest.raises(RequestError, match=next(iter(options))):
        engine.enforce(chat("MRN 12345678"), "openai.chat", **options)


@pytest.mark.parametrize("chunks", [None, 1])
def test_what_is_no_stream_is_told(engine: Engine, chunks: Json) -> None:
    with pytest.raises(RequestError, match="iterable of bytes"):
        engine.enforce(chat("hi"), "openai.chat").response_stream("azure", chunks)


MRN = "MRN 00482913"


def test_a_rehearsal_says_what_enforcing_would_and_keeps_nothing(engine: Engine) -> None:
    given = {"request.tokens": 5}
    asked = chat(f"about {MRN}", max_tokens=900)
    enforced = engine.enforce(asked, "openai.chat", attributes=given)
    rehearsed = engine.rehearse(asked, "openai.chat", attributes=given)
    assert rehearsed.decision.to_json() == enforced.decision.to_json()
    assert rehearsed.attributes["request.tokens"] == 5
    body: Json = rehearsed.body_for("azure")
    [token] = TOKEN.findall(body["messages"][0]["content"])
    assert body["max_tokens"] == 200
    returned = engine.enforce(asked, "openai.chat", session="s").response("azure", answer(token))
    assert said(returned) == token, "nobody else knows the token"
    [found] = rehearsed.findings(f"about {MRN}")
    assert (found.label, found.start, found.end) == ("phi.mrn", 6, 18)
    assert rehearsed.findings("another text") == ()


def test_a_rehearsal_may_say_that_a_signal_is_not_read(engine: Engine) -> None:
    engine.signals.publish({"ward.up": False})
    try:
        down = engine.rehearse(chat("x"), "openai.chat").decision
        up = engine.rehearse(chat("x"), "openai.chat", signals={"ward.up": None}).decision
    finally:
        engine.signals.publish({"ward.up": None})
    assert ("ward" in down.order, "ward" in up.order) == (False, True)


def test_what_is_varied_is_decided_as_if_it_had_been_given(engine: Engine) -> None:
    asked = chat(f"about {MRN}", tools=[{"type": "function", "function": {"name": "look_up"}}])
    rehearsed = engine.rehearse(asked, "openai.chat")
    for name, value in (("request.tokens", 2_000_000), ("ward.up", False), ("request.images", 1)):
        given = engine.rehearse(asked, "openai.chat", attributes={name: value}).decision
        assert rehearsed.varied(name, value).to_json() == given.to_json()
    with pytest.raises(RequestError):
        rehearsed.varied("nobody.declares", 1)
    with pytest.raises(RequestError):
        rehearsed.varied("request.tokens", "many")


def test_where_verdicts_may_turn(engine: Engine) -> None:
    turns = engine.thresholds()
    assert turns["request.tokens"] == (1_000_000,), "the context, if all else is zero"
    assert turns["request.images"] == (0,)
    assert "caller.tenant" not in turns, "no rule reads it"
