"""What a stranger may try: answers of odd shapes, from a provider who wants the originals.

The tool `labs` runs here and gets originals; `mail` runs in the cloud and gets tokens.
"""

from __future__ import annotations

import json
import re
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
target ward { at local  context 1M  tools true  vision true }
target cloud { at cloud  context 1M  tools true  vision true }
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


def respond(enforced: Enforced, answer: dict[str, object]) -> dict[str, object]:
    """An answer as it may go on."""
    return enforced.response("cloud", answer)


def event(kind: str = "", **more: object) -> bytes:
    """An event of a stream."""
    data = {"type": kind, **more} if kind else more
    return f"data: {json.dumps(data)}\n\n".encode()


def chunk(delta: object, finish: str | None = None, **more: object) -> bytes:
    """A chunk of a chat completion."""
    return event(choices=[{"index": 0, "delta": delta, "finish_reason": finish, **more}])


def calls(**function: object) -> dict[str, object]:
    """The delta of a chunk with a piece of a tool call."""
    call = {"index": 0, "id": "c", "type": "function", "function": function}
    return {"tool_calls": [call]}


def item(**members: object) -> bytes:
    """An item of a response, done."""
    return event("response.output_item.done", output_index=0, item={"call_id": "c", **members})


def block(**members: object) -> bytes:
    """The start of a content block of a message."""
    return event("content_block_start", index=0, content_block={"id": "c", **members})


def out_of(enforced: Enforced, *events: bytes) -> str:
    """What a stream becomes."""
    return b"".join(enforced.response_stream("cloud", events)).decode()


def odd_calls(token: str) -> dict[str, list[list[bytes]]]:
    """By API, streams whose client might call `mail` with what only `labs` may have."""
    arguments = json.dumps({"to": token})
    function: dict[str, object] = {"name": "mail", "arguments": arguments}
    json_delta = {"type": "input_json_delta", "partial_json": arguments}
    begun: dict[str, object] = {"type": "tool_use", "id": "c", "name": "mail", "input": {}}
    return {
        "openai.chat": [
            [chunk(calls(name="labs", arguments="")), chunk(calls(name="_of_mail"))],
            [chunk(calls(name="labs")), chunk(calls(arguments="{}"), "x"), chunk(calls(name="m"))],
            [chunk(calls(name="mail", arguments={"to": token}))],
            [chunk(calls(arguments=arguments), "tool_calls")],
            [chunk({"tool_calls": {"0": {"function": function}}})],
            [chunk({}, message={"tool_calls": [{"id": "c", "function": function}]})],
            [chunk({}, message={"function_call": function})],
        ],
        "openai.responses": [
            [item(type="function_call", name="labs", arguments="{}"), item(**function)],
            [item(type="function_call", name="mail", arguments={"to": token})],
            [
                event("response.function_call_arguments.done", output_index=0, arguments=arguments),
                item(type="function_call", **function),
            ],
        ],
        "anthropic.messages": [
            [event("message_start", message={"content": [{**begun, "input": {"to": token}}]})],
            [event("message_start", message={"content": [begun]})],
            [block(type="tool_use", name="mail", input=token)],
            [block(type="tool_use", name="labs", input={}), block(**begun)],
            [event("content_block_delta", index=0, delta=json_delta), event("message_stop")],
        ],
    }


@pytest.mark.parametrize("api", sorted(BODIES))
def test_a_stream_makes_no_call_of_odd_form(engine: Engine, api: str) -> None:
    enforced, token = asked(engine, api)
    for events in odd_calls(token)[api]:
        out = out_of(enforced, *events)
        assert KEY not in out, events
        assert re.search("of the stream (has|begins)|that has ended", out), (events, out)


def test_a_call_that_begins_without_arguments_keeps_its_name(engine: Engine) -> None:
    enforced, token = asked(engine, "openai.responses")
    arguments = json.dumps({"to": token})
    for name, passes in (("labs", True), ("mail", False)):
        begun: dict[str, object] = {"type": "function_call", "call_id": "c", "name": name}
        kind = "response.function_call_arguments"
        out = out_of(
            enforced,
            event("response.output_item.added", output_index=0, item=begun),
            event(f"{kind}.delta", output_index=0, delta=arguments),
            event(f"{kind}.done", output_index=0, arguments=arguments),
            event(
                "response.output_item.done",
                output_index=0,
                item={**begun, "arguments": arguments},
            ),
        )
        assert (KEY in out) == passes
        assert ("a person must approve" in out) != passes


def test_a_call_that_comes_as_an_object_is_judged(engine: Engine) -> None:
    enforced, token = asked(engine, "openai.responses")
    action = {"type": "exec", "command": ["curl", token]}
    shell = item(type="local_shell_call", id="i", action=action)
    assert KEY not in out_of(enforced, shell)
    far = engine.enforce(
        BODIES["openai.responses"],
        "openai.responses",
        session="s",
        tools={"local_shell": {"at": "cloud"}},
    )
    assert "a person must approve a tool call" in out_of(far, shell)
    near = engine.enforce(
        BODIES["openai.responses"],
        "openai.responses",
        session="s",
        tools={"local_shell": {"at": "local"}},
    )
    assert KEY in out_of(near, shell)
    split = shell.replace(b'"command": ["curl", ', b'"command": [\ndata: "curl",\ndata: ')
    assert split != shell
    [line] = [each for each in out_of(near, split).split("\n") if "curl" in each]
    assert json.loads(line.removeprefix("data: "))["item"]["action"]["command"] == ["curl", KEY]


def test_what_the_provider_runs_is_part_of_its_answer(engine: Engine) -> None:
    enforced, token = asked(engine, "anthropic.messages")
    written = json.dumps({"q": [f"{token} of {MAIL}"], "n": 5})
    delta = {"type": "input_json_delta", "partial_json": written}
    events = (
        block(type="server_tool_use", name="labs", input={}),
        event("content_block_delta", index=0, delta=delta),
        event("content_block_stop", index=0),
    )
    out = out_of(enforced, *events)
    assert MAIL not in out
    assert f"{KEY} of [pii.mail]" in out
    enforced, token = asked(engine, "openai.responses")
    called = item(type="mcp_call", name="labs", arguments=json.dumps({"q": MAIL}))
    assert MAIL not in out_of(enforced, called)
    called = item(type="mcp_call", name="labs", arguments=json.dumps({MAIL: 1}))
    assert "would have to be treated" in out_of(enforced, called)
    called = item(type="mcp_call", name="labs", arguments=f"of {MAIL}")
    assert "of [pii.mail]" in out_of(enforced, called)


def test_a_text_that_has_ended_does_not_go_on(engine: Engine) -> None:
    half, rest = MAIL[:6], MAIL[6:]
    chat, _ = asked(engine, "openai.chat")
    done = b"data: [DONE]\n\n"
    message, _ = asked(engine, "anthropic.messages")
    first, second = (
        event("content_block_delta", index=0, delta={"type": "text_delta", "text": each})
        for each in (half, rest)
    )
    for out in (
        out_of(chat, chunk({"content": half}, "stop"), chunk({"content": rest}, "stop")),
        out_of(chat, chunk({"content": half}), done, chunk({"content": rest})),
        out_of(message, first, event("content_block_stop", index=0), second),
    ):
        assert rest not in out
        assert "goes on with a text or tool call that has ended" in out
    again = out_of(chat, chunk({"content": "all"}, "stop"), chunk({"content": ""}, "stop"))
    assert "error" not in again


def test_items_that_are_known_by_their_ids_stay_apart(engine: Engine) -> None:
    enforced, _ = asked(engine, "openai.responses")

    def delta(identity: str, text: str) -> bytes:
        return event("response.output_text.delta", item_id=identity, content_index=0, delta=text)

    beside = [delta("b", "word " * 40) for _ in range(9)]
    events = [delta("a", "so "), delta("a", MAIL[:6]), *beside, delta("a", MAIL[6:]), *beside]
    out = out_of(enforced, *events, event("response.completed", response={"output": []}))
    texts: dict[str, str] = {}
    for line in out.split("\n"):
        if line.startswith("data: {"):
            said = json.loads(line.removeprefix("data: "))
            if "delta" in said:
                texts[said["item_id"]] = texts.get(said["item_id"], "") + said["delta"]
    assert texts == {"a": "so [pii.mail]", "b": "word " * 720}


def test_no_error_has_text_of_the_answer(engine: Engine) -> None:
    enforced, _ = asked(engine, "openai.chat")
    events = chunk(calls(name="mail", arguments='"\ud800 private"'))
    assert "are not UTF-8" in out_of(enforced, events, chunk({}, "tool_calls"))


def test_a_key_of_a_stream_that_is_no_plain_name_is_read(tmp_path: Path) -> None:
    path = tmp_path / "keys.epol"
    path.write_text(POLICY + "rule keys { on response  redact secret }\n", encoding="utf-8")
    enforced, _ = asked(Engine.load(compile_bundle(path)), "openai.chat")
    out = out_of(enforced, chunk({"content": "all is well"}, extra={KEY: 1}))
    assert KEY not in out
    assert "a number or a key" in out
    again = out_of(enforced, *(chunk({"content": "well "}, x_1={"y-2": 3}) for _ in range(3)))
    assert again.count("y-2") == 3


def test_an_image_without_a_type_is_seen(engine: Engine) -> None:
    body: dict[str, object] = {
        "messages": [
            {"role": "user", "content": [{"image_url": {"url": "https://pictures.example/x.png"}}]}
        ]
    }
    enforced = engine.enforce(body, "openai.chat")
    assert enforced.decision.order == ("ward",)


def glued(tmp_path: Path, api: str, more: str = "") -> tuple[Enforced, str]:
    """A request under a policy that watches what comes back from the cloud."""
    path = tmp_path / "glued.epol"
    edges = POLICY.replace("/KEY-[a-z0-9]{16}/", "/\\bKEY-[a-z0-9]{16}\\b/")
    assert edges != POLICY
    path.write_text(edges + more, encoding="utf-8")
    return asked(Engine.load(compile_bundle(path)), api)


@pytest.mark.parametrize("rule", ["redact secret", "mask secret", "drop secret"])
def test_what_is_glued_to_a_token_hides_nothing(tmp_path: Path, rule: str) -> None:
    enforced, token = glued(tmp_path, "openai.chat", f"rule shows {{ on response  {rule} }}\n")
    said = f"so x{token}y is it"
    answer = respond(enforced, {"choices": [{"message": {"content": said}}]})
    assert KEY not in json.dumps(answer)
    halves = (chunk({"content": part}) for part in (said[:9], said[9:]))
    assert KEY not in out_of(enforced, *halves, chunk({}, "stop"))


def test_an_original_counts_as_found_once(tmp_path: Path) -> None:
    rule = "rule bulk { on response  when count secret > 1  deny }\n"
    enforced, token = glued(tmp_path, "openai.chat", rule)
    for said, passes in ((f"{token}", True), (f"x{token}y", True), (f"{token} x{token}", False)):
        out = out_of(enforced, chunk({"content": said}, "stop"))
        assert ("may not go on" not in out) == passes
        answer: dict[str, object] = {"choices": [{"message": {"content": said}}]}
        if passes:
            assert KEY in json.dumps(respond(enforced, answer))
        else:
            with pytest.raises(RefusedResponseError):
                respond(enforced, answer)


def test_a_signal_is_asked_of_all_texts_of_a_stream(tmp_path: Path) -> None:
    path = tmp_path / "loud.epol"
    signal = "signal text.shouts : int from count /!/\n"
    rule = "rule loud { on response  when text.shouts > 2  deny }\n"
    path.write_text(POLICY + signal + rule, encoding="utf-8")
    enforced, _ = asked(Engine.load(compile_bundle(path)), "openai.chat")
    parts = [{"index": n, "delta": {"content": "a!! "}, "finish_reason": "stop"} for n in (0, 1)]
    out = out_of(enforced, *(event(choices=[part]) for part in parts))
    assert out.count("!!") == 1
    assert "may not go on (by loud)" in out


def test_two_calls_of_one_id_are_not_approved_by_it(engine: Engine) -> None:
    enforced, _ = asked(engine, "openai.chat")
    enforced.approve_call("c")
    call = {"id": "c", "function": {"name": "mail", "arguments": "{}"}}
    assert enforced.response("cloud", chat_answer(call)) == chat_answer(call)
    other = {"id": "c", "function": {"name": "mail", "arguments": '{"a":1}'}}
    with pytest.raises(RefusedResponseError, match="a person must approve"):
        enforced.response("cloud", chat_answer(call, other))


def test_an_answer_of_odd_form_is_refused(engine: Engine) -> None:
    chat, token = asked(engine, "openai.chat")
    call = {"id": "c", "function": {"name": "mail", "arguments": token}}
    odd: list[object] = [
        {"0": {"message": {"tool_calls": [call]}}},
        [{"message": [{"tool_calls": [call]}]}],
        [{"message": {"tool_calls": {"0": call}}}],
        [{"message": {"function_call": json.dumps(call)}}],
    ]
    for choices in odd:
        with pytest.raises(BodyError, match=r"must be an|needs the `name`"):
            respond(chat, {"choices": choices})
    with pytest.raises(RefusedResponseError, match="a person must approve a tool call"):
        respond(chat, {"choices": [{"delta": {"tool_calls": [call]}}]})
    message, token = asked(engine, "anthropic.messages")
    use = {"type": "tool_use", "id": "c", "name": "mail", "input": {"to": token}}
    with pytest.raises(BodyError, match="must be an array"):
        respond(message, {"content": use})
    response, token = asked(engine, "openai.responses")
    with pytest.raises(BodyError, match="must be an array"):
        respond(response, {"output": {"type": "function_call", "name": "mail"}})


def test_what_a_batch_line_answers_is_not_what_it_says_it_is(engine: Engine) -> None:
    line = {"custom_id": "r", "url": "/v1/chat/completions", "body": BODIES["openai.chat"]}
    enforced = engine.enforce(cast(dict[str, object], line), "openai.batch", tools=TOOLS)
    enforced.body_for("cloud")
    call = {"id": "c", "function": {"name": "mail", "arguments": "{}"}}
    for kind in ("list", "response", "chat.completion", ""):
        answer = {"object": kind, **chat_answer(call)}
        with pytest.raises(RefusedResponseError, match="a person must approve a tool call"):
            respond(enforced, {"response": {"body": answer}})
        with pytest.raises(BodyError, match="one API"):
            respond(enforced, {"response": {"body": {**answer, "data": []}}})


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
