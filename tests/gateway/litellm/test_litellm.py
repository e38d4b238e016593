"""LiteLLM's own proxy, with epol and without: what its models get, and what its callers."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionToolParam

from tests.gateway.litellm.proxy import KEY, OPERATOR, Proxy, needs_litellm, proxy, ready
from tests.gateway.speaking import NUMBERS, speaks
from tests.gateway.targets import (
    Got,
    Writer,
    begin_stream,
    chat_answer,
    fails,
    put,
    write,
)
from tests.gateway.test_serving import events, streams_echo

needs_litellm()

SSN = "536-90-4399"
SAID = f"Her SSN is {SSN}."
MRN = "MRN 00482913"
MANY = " ".join(f"MRN 0048291{n}" for n in range(5))
NOTE = "INTERNAL NOTE: she is better."
CHAT = "/v1/chat/completions"


async def drops(got: Got, writer: Writer) -> None:
    """A model that is down: it closes the connection."""
    writer.close()


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Generator[Proxy]:
    """The proxy as it is."""
    with proxy(tmp_path_factory.mktemp("litellm") / "bare", guarded=False) as there:
        yield there


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[Proxy]:
    """The proxy with epol."""
    with proxy(tmp_path_factory.mktemp("litellm") / "guarded", guarded=True) as there:
        yield there


@pytest.fixture
def guarded(running: Proxy) -> Proxy:
    """The proxy with epol, whose models speak each API and have got nothing yet."""
    return ready(running, speaks)


def chat(*texts: str, model: str = "assistant", **more: object) -> dict[str, object]:
    """The body of a chat."""
    return {"model": model, "messages": [{"role": "user", "content": t} for t in texts], **more}


# --- its own fallback -------------------------------------------------------------------


def test_without_epol_the_fallback_takes_an_ssn_to_the_cloud(bare: Proxy) -> None:
    there = ready(bare, drops)
    answered = there.post(chat(SAID))
    assert (answered.status, answered.text) == (200, SAID)
    assert SSN.encode() in there.cloudy.got[0].body


def test_with_epol_the_fallback_takes_a_token(guarded: Proxy) -> None:
    there = ready(guarded, drops)
    answered = there.post(chat(SAID))
    assert (answered.status, answered.text) == (200, SAID)
    assert there.ward.got[0].json["messages"][0]["content"] == SAID
    [got] = there.cloudy.got
    assert SSN.encode() not in there.seen
    assert "[pii.national_id.us:" in got.json["messages"][0]["content"]
    assert got.json["model"] == "large"
    assert got.headers["authorization"] == "Bearer key-of-the-cloud"
    assert answered.headers["x-epol-attempts"] == "ward=500 cloudy=200"
    assert answered.headers["x-epol-target"] == "cloudy"
    assert answered.headers["x-epol-status"] == "route"


@pytest.mark.parametrize("status", [500, 503, 429])
def test_an_error_of_the_first_takes_a_token_to_the_next(guarded: Proxy, status: int) -> None:
    there = ready(guarded, fails(status))
    answered = there.post(chat(SAID))
    assert answered.text == SAID
    assert there.cloudy.got
    assert SSN.encode() not in there.seen


def test_a_stream_that_falls_back_is_treated_and_restored(guarded: Proxy) -> None:
    there = ready(guarded, drops, streams_echo)
    answered = there.post(chat(SAID, stream=True))
    assert answered.status == 200
    assert _streamed(answered.body) == SAID
    assert answered.body.endswith(b"data: [DONE]\n\n")
    assert SSN.encode() not in there.seen


def test_a_stream_that_breaks_off_before_it_says_anything_falls_back(guarded: Proxy) -> None:
    async def begins(got: Got, writer: Writer) -> None:
        begin_stream(writer)
        put(writer, events()[0])
        await writer.drain()
        writer.close()

    there = ready(guarded, begins, streams_echo)
    answered = there.post(chat(SAID, stream=True))
    assert SSN.encode() not in there.seen
    assert _streamed(answered.body) in ("", SAID)


def test_what_the_policy_denies_is_no_fallback(guarded: Proxy) -> None:
    there = ready(guarded, drops)
    answered = there.post(chat(NOTE))
    assert answered.status == 502
    assert answered.json["error"]["code"] == "no-target-answered"
    assert answered.json["error"]["message"] == "no target answered (ward=500)"
    assert there.ward.got
    assert not there.seen


def test_fallbacks_that_callers_name_are_treated_too(guarded: Proxy) -> None:
    there = ready(guarded, drops)
    other = {"model": "assistant-cloud", "messages": [{"role": "user", "content": f"or {SAID}"}]}
    answered = there.post(chat("hello", fallbacks=[other]))
    assert answered.text == f"or {SAID}"
    assert there.cloudy.got
    assert SSN.encode() not in there.seen


def test_a_deployment_that_is_named_by_its_id_is_judged_before_it_is_asked(guarded: Proxy) -> None:
    """LiteLLM asks no filter then."""
    assert guarded.post(chat(SAID, model="cloud-1")).text == SAID
    assert SSN.encode() not in guarded.seen
    guarded.cloudy.got.clear()
    refused = guarded.post(chat(NOTE, model="cloud-1", fallbacks=["stray-1"]))
    assert refused.status == 403
    assert refused.json["error"]["code"] == "blocked"
    assert not guarded.seen


def test_a_deployment_that_is_no_target_is_never_asked(guarded: Proxy) -> None:
    for model in ("stray", "stray-1"):
        answered = guarded.post(chat("hello", model=model))
        assert answered.status == 502
        assert answered.json["error"]["code"] == "no-target-speaks"
    there = ready(guarded, drops)
    assert there.post(chat("hello", model="stray", fallbacks=["assistant"])).status == 502
    assert not there.cloudy.got


# --- decisions --------------------------------------------------------------------------


def test_what_is_blocked_reaches_nobody(guarded: Proxy) -> None:
    answered = guarded.post(chat(" ".join(f"MRN 004829{n}" for n in range(10, 40))))
    error = answered.json["error"]
    assert answered.status == 403
    assert (error["code"], error["type"]) == ("blocked", "permission_error")
    assert "by bulk (bulk PHI export)" in error["message"]
    assert {"rule": "bulk", "target": "ward", "because": "bulk PHI export"} in error["reasons"]
    assert answered.headers["x-epol-status"] == "block"
    assert not guarded.ward.got
    assert not guarded.seen


def test_the_one_target_of_a_model_that_may_not_have_it_is_refused(guarded: Proxy) -> None:
    answered = guarded.post(chat(NOTE, model="assistant-cloud"))
    error = answered.json["error"]
    assert (answered.status, error["code"]) == (403, "blocked")
    assert error["reasons"] == [
        {
            "rule": "internal",
            "target": "cloudy",
            "because": "internal notes stay in the house",
        }
    ]
    assert not guarded.seen


def test_a_held_request_waits_for_a_person(guarded: Proxy) -> None:
    waits = guarded.post(chat(MANY))
    error = waits.json["error"]
    assert (waits.status, error["code"]) == (409, "held")
    assert waits.headers["x-epol-hold"] == error["hold"]
    assert waits.headers["x-should-retry"] == "false"
    assert not guarded.ward.got
    assert not guarded.seen

    path = f"/epol/holds/{error['hold']}/approve"
    assert guarded.ask("POST", path).status == 401
    done = guarded.ask("POST", path, authorization=f"Bearer {OPERATOR}")
    assert (done.status, done.json["state"]) == (200, "approved")
    assert guarded.post(chat(MANY)).text == MANY
    assert guarded.post(chat(MANY)).status == 409


def test_caps_and_tools_are_those_of_the_target(guarded: Proxy) -> None:
    guarded.post(chat("hello", max_tokens=2000))
    guarded.post(chat("hello", model="assistant-cloud", max_tokens=2000))
    assert guarded.ward.got[0].json["max_tokens"] == 2000
    assert guarded.cloudy.got[0].json["max_tokens"] == 500


def test_a_request_that_has_much_that_is_not_content_goes_as_it_came(guarded: Proxy) -> None:
    schema = {"type": "object", "properties": {"b": {"type": "string"}, "a": {"type": "string"}}}
    tool = {"type": "function", "function": {"name": "f", "parameters": schema}}
    more: dict[str, Any] = {
        "temperature": 0.5,
        "tools": [tool],
        "tool_choice": "auto",
        "seed": 7,
    }
    guarded.post(chat("hello", user="u-1", **more))
    [got] = guarded.ward.got
    assert {name: got.json[name] for name in more} == more
    assert list(got.json["tools"][0]["function"]["parameters"]["properties"]) == ["b", "a"]


# --- answers ----------------------------------------------------------------------------


def tool(name: str) -> ChatCompletionToolParam:
    """A tool that is offered."""
    record: dict[str, object] = {
        "type": "object",
        "properties": {"record": {"type": "string"}},
    }
    return {"type": "function", "function": {"name": name, "parameters": record}}


def client(there: Proxy) -> OpenAI:
    """OpenAI's own client."""
    return OpenAI(base_url=there.url, api_key=KEY, max_retries=0)


def test_originals_go_only_into_calls_of_tools_that_are_here(guarded: Proxy) -> None:
    with client(guarded) as caller:
        made = caller.chat.completions.create(
            model="assistant-cloud",
            messages=[{"role": "user", "content": f"about {MRN}"}],
            tools=[tool("labs"), tool("mail")],
        )
    calls: dict[str, str] = {
        each.function.name: each.function.arguments
        for each in made.choices[0].message.tool_calls or []
        if each.type == "function"
    }
    assert json.loads(calls["labs"]) == {"record": MRN.removeprefix("MRN ")}
    assert "[phi.mrn:" in json.loads(calls["mail"])["record"]
    assert MRN.encode() not in guarded.seen


def test_streamed_calls_of_tools_are_restored(guarded: Proxy) -> None:
    with client(guarded) as caller:
        stream = caller.chat.completions.create(
            model="assistant-cloud",
            messages=[{"role": "user", "content": f"about {MRN}"}],
            tools=[tool("labs")],
            stream=True,
        )
        said = "".join(
            call.function.arguments or ""
            for chunk in stream
            for choice in chunk.choices
            for call in choice.delta.tool_calls or []
            if call.function is not None
        )
    assert json.loads(said) == {"record": MRN.removeprefix("MRN ")}
    assert MRN.encode() not in guarded.seen


def test_an_answer_that_may_not_go_on_is_refused(guarded: Proxy) -> None:
    many = " ".join(f"MRN 0048291{n}" for n in range(8))

    async def leaks(got: Got, writer: Writer) -> None:
        write(writer, 200, chat_answer(many))

    there = ready(guarded, leaks)
    answered = there.post(chat("hello"))
    assert answered.status == 403
    assert answered.json["error"]["code"] == "answer-blocked"
    assert answered.json["error"]["reasons"][0]["rule"] == "bulk_answer"
    assert b"0048291" not in answered.body
    assert not there.seen


def test_a_stream_that_may_not_go_on_ends_with_an_error(guarded: Proxy) -> None:
    async def leaks(got: Got, writer: Writer) -> None:
        begin_stream(writer)
        for each in events("hello ", *(f"MRN 0048291{n} " for n in range(9))):
            put(writer, each)
        writer.write(b"0\r\n\r\n")

    answered = ready(guarded, leaks).post(chat("hello", stream=True))
    assert b"policy_refusal" in answered.body
    assert b"00482918" not in answered.body


def test_a_stream_that_breaks_off_is_not_mixed_with_another(guarded: Proxy) -> None:
    async def breaks(got: Got, writer: Writer) -> None:
        begin_stream(writer)
        for each in events("one ", "two ")[:3]:
            put(writer, each)
        await writer.drain()
        writer.close()

    there = ready(guarded, breaks)
    answered = there.post(chat(SAID, stream=True))
    # Whether it fell back depends on whether LiteLLM had read the beginning.
    said = _streamed(answered.body)
    assert said == SAID or "one two ".startswith(said)
    assert SSN.encode() not in there.seen


def test_what_a_model_says_of_a_request_is_treated_like_an_answer(guarded: Proxy) -> None:
    async def refuses(got: Got, writer: Writer) -> None:
        said = got.json["messages"][0]["content"]
        await fails(400, json.dumps({"error": {"message": f"bad: {said}"}}).encode())(got, writer)

    there = ready(guarded, speaks, refuses)
    answered = there.post(chat(SAID, model="assistant-cloud"))
    assert answered.status == 400
    assert f"bad: {SAID}" in answered.json["error"]["message"]
    assert SSN.encode() not in there.seen


def test_other_words_of_a_model_that_fails_stay_here(guarded: Proxy) -> None:
    words = fails(500, b'{"error":{"message":"MRN 00482913 is on fire"}}')
    answered = ready(guarded, words, words).post(chat("hello"))
    assert answered.status == 502
    assert answered.json["error"]["message"] == "no target answered (ward=500, cloudy=500)"
    assert b"on fire" not in answered.body


def test_an_answer_that_is_none_is_refused(guarded: Proxy) -> None:
    there = ready(guarded, fails(200, b"no JSON"), fails(200, b"no JSON"))
    answered = there.post(chat("hello"))
    assert answered.status >= 500
    assert b"no JSON" not in answered.body


# --- other APIs -------------------------------------------------------------------------


def test_responses_are_treated_and_restored(guarded: Proxy) -> None:
    with client(guarded) as caller:
        made = caller.responses.create(
            model="assistant-cloud", input=SAID, metadata={"note": f"of {SSN}"}
        )
    assert made.output_text == SAID
    assert guarded.cloudy.got
    assert SSN.encode() not in guarded.seen


def test_streamed_responses_are_treated_and_restored(guarded: Proxy) -> None:
    with client(guarded) as caller:
        stream = caller.responses.create(model="assistant-cloud", input=SAID, stream=True)
        said = "".join(each.delta for each in stream if each.type == "response.output_text.delta")
    assert said == SAID
    assert SSN.encode() not in guarded.seen


async def speaks_parts(got: Got, writer: Writer) -> None:
    """As `speaks`, of a text that comes in parts."""
    body = got.json
    for message in body["input"]:
        message["content"] = "".join(part["text"] for part in message["content"])
    await speaks(Got(got.path, got.headers, json.dumps(body).encode()), writer)


@pytest.mark.parametrize("model", ["claude", "assistant-cloud"])
def test_messages_are_treated_and_restored(guarded: Proxy, model: str) -> None:
    """Also where LiteLLM translates them for a model of the other family."""
    guarded = ready(guarded, speaks, speaks_parts)
    body = {**chat(SAID, model=model), "max_tokens": 100, "metadata": {"user_id": f"u {SSN}"}}
    answered = guarded.post(body, "/v1/messages")
    assert answered.status == 200
    assert answered.json["content"][0]["text"] == SAID
    assert guarded.claude.got if model == "claude" else guarded.cloudy.got
    assert SSN.encode() not in guarded.seen


def test_streamed_messages_are_treated_and_restored(guarded: Proxy) -> None:
    body = {**chat(SAID, model="claude", stream=True), "max_tokens": 100}
    answered = guarded.post(body, "/v1/messages")
    lines = answered.body.decode().splitlines()
    found = [json.loads(line[5:]) for line in lines if line.startswith("data:")]
    said = "".join(each.get("delta", {}).get("text", "") for each in found)
    assert said == SAID
    assert SSN.encode() not in guarded.seen


def test_errors_have_the_shape_of_the_api(guarded: Proxy) -> None:
    blocked = guarded.post({**chat(NOTE, model="claude"), "max_tokens": 100}, "/v1/messages")
    assert blocked.status == 403
    assert blocked.json["type"] == "error"
    assert blocked.json["error"]["type"] == "permission_error"
    assert blocked.json["error"]["code"] == "blocked"
    there = ready(guarded, fails(500), fails(500, b'{"error":{"message":"on fire"}}'))
    failed = there.post({**chat(SAID), "max_tokens": 100}, "/v1/messages")
    assert (failed.status, failed.json["error"]["type"]) == (502, "api_error")
    assert b"on fire" not in failed.body
    assert SSN.encode() not in there.seen


def test_no_header_of_a_models_goes_on(guarded: Proxy) -> None:
    async def tells(got: Got, writer: Writer) -> None:
        write(writer, 200, chat_answer("hello"), f"x-note: {SSN}", "x-epol-target: other")

    answered = ready(guarded, tells).post(chat("hello"))
    assert answered.text == "hello"
    assert SSN not in repr(answered.headers)
    assert answered.headers["x-epol-target"] == "ward"


def test_what_is_embedded_is_treated(guarded: Proxy) -> None:
    with client(guarded) as caller:
        made = caller.embeddings.create(
            model="assistant-cloud", input=SAID, encoding_format="float"
        )
    assert tuple(made.data[0].embedding) == NUMBERS
    assert guarded.cloudy.got
    assert SSN.encode() not in guarded.seen


# --- what is not let in -----------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [
        {"extra_body": {"messages": [{"role": "user", "content": SAID}]}},
        {"extra_headers": {"x-note": SAID}},
        {"litellm_system_prompt": SAID},
        {"user_continue_message": {"role": "user", "content": SAID}},
        {"model_info": {"id": "ward-1", "epol_target": "ward"}},
        {"headers": {"x-note": SAID}},
        {"vector_store_ids": ["vs_1"]},
        {"prompt_variables": {"name": SAID}},
    ],
    ids=lambda more: next(iter(more)),
)
def test_callers_say_nothing_behind_the_treatment(guarded: Proxy, more: dict[str, Any]) -> None:
    answered = guarded.post(chat("hello", model="assistant-cloud", **more))
    assert (answered.status, answered.json["error"]["code"]) == (400, "bad-request")
    assert SSN.encode() not in answered.body
    assert not guarded.cloudy.got


@pytest.mark.parametrize(
    "more",
    [
        {"api_base": f"http://127.0.0.1:9/{SSN}"},
        {"base_url": f"http://127.0.0.1:9/{SSN}"},
        {"mock_response": SAID},
        {"proxy_server_request": {"body": {"messages": SAID}}},
        {"model_list": [{"model_name": SAID}]},
    ],
    ids=lambda more: next(iter(more)),
)
def test_what_litellm_refuses_or_drops_goes_nowhere(guarded: Proxy, more: dict[str, Any]) -> None:
    answered = guarded.post(chat("hello", model="assistant-cloud", **more))
    assert SSN.encode() not in guarded.seen
    assert answered.status >= 400 or answered.text == "hello"


def test_headers_of_callers_reach_no_model(guarded: Proxy) -> None:
    body = {**chat("hello", model="claude"), "max_tokens": 100}
    beta: dict[str, Any] = {"anthropic_version": "2023-06-01", "anthropic_beta": SSN, "x_note": SSN}
    answered = guarded.post(body, "/v1/messages", **beta)
    assert answered.json["content"][0]["text"] == "hello"
    assert SSN.encode() not in guarded.seen
    assert KEY.encode() not in guarded.seen


def test_a_ticket_of_a_callers_is_none(guarded: Proxy) -> None:
    body = chat(SAID, model="assistant-cloud", metadata={"epol": "x"}, litellm_metadata={"epol": 1})
    assert guarded.post(body).text == SAID
    assert SSN.encode() not in guarded.seen


@pytest.mark.parametrize(
    "path",
    [
        "/v1/completions",
        "/v1/images/generations",
        "/v1/audio/speech",
        "/v1/moderations",
        "/v1/rerank",
        "/v1/threads",
        "/v1/files",
        "/v1/batches",
        "/v1/messages/count_tokens",
        "/queue/chat/completions",
        "/engines/assistant-cloud/chat/completions",
        "/openai/deployments/assistant-cloud/chat/completions",
        "/openai/v1/chat/completions",
        "/anthropic/v1/messages",
        "/utils/token_counter",
        "/health/test_connection",
        "/mcp/tools/call",
        "/v1/chat/completions/",
        "//v1/chat/completions",
    ],
)
def test_endpoints_that_the_hooks_do_not_see_are_shut(guarded: Proxy, path: str) -> None:
    answered = guarded.post(chat(SAID, model="assistant-cloud", prompt=SAID, input=SAID), path)
    assert answered.status == 501
    assert answered.json["error"]["code"] == "unknown-endpoint"
    assert not guarded.seen


def test_sockets_are_shut(guarded: Proxy) -> None:
    key: dict[str, Any] = {
        "sec_websocket_key": "dGhlIHNhbXBsZSBub25jZQ==",
        "sec_websocket_version": "13",
    }
    answered = guarded.ask("GET", "/v1/realtime", connection="upgrade", upgrade="websocket", **key)
    assert answered.status == 403


def test_limits_are_those_of_the_settings(guarded: Proxy) -> None:
    assert guarded.post(b"x" * (8 * 1024 * 1024 + 1)).status == 413
    assert guarded.post(chat("hello"), content_encoding="gzip").status == 415
    assert guarded.ask("GET", CHAT).status == 405
    assert guarded.post(b'{"model": "assistant"').status == 400
    assert not guarded.ward.got


def test_callers_without_a_key_get_nothing(guarded: Proxy) -> None:
    answered = guarded.post(chat("hello"), authorization="Bearer sk-nobody")
    assert answered.status >= 400
    assert not guarded.ward.got


def test_models_are_listed_and_health_is_told(guarded: Proxy) -> None:
    listed = guarded.ask("GET", "/v1/models").json["data"]
    assert "assistant" in [each["id"] for each in listed]
    assert guarded.ask("GET", "/health/liveliness").status == 200


def test_what_is_counted_is_for_the_operator(guarded: Proxy) -> None:
    guarded.post(chat("hello"))
    assert guarded.ask("GET", "/epol/metrics").status == 401
    text = guarded.ask("GET", "/epol/metrics", authorization=f"Bearer {OPERATOR}").body.decode()
    assert 'epol_attempts_total{target="ward",result="200"}' in text
    assert 'epol_decisions_total{status="route"}' in text


def test_a_session_keeps_its_tokens(guarded: Proxy) -> None:
    for session in ("visit-1", "visit-1", "visit-2"):
        body = chat(SAID, model="assistant-cloud")
        assert guarded.post(body, x_epol_session=session).text == SAID
    said = [each.json["messages"][0]["content"] for each in guarded.cloudy.got]
    assert said[0] == said[1] != said[2]


def test_the_log_says_nothing_of_what_was_said(guarded: Proxy) -> None:
    guarded.post(chat(SAID))
    ready(guarded, drops, fails(500)).post(chat(SAID))
    guarded.post(chat(NOTE, SAID, model="assistant-cloud"))
    assert SSN not in guarded.log.read_text()


def _streamed(body: bytes) -> str:
    """The text of a streamed chat."""
    found: list[str] = []
    for line in body.decode().splitlines():
        if line.startswith("data: {"):
            choices = json.loads(line[6:]).get("choices", [])
            found += [choice["delta"].get("content") or "" for choice in choices]
    return "".join(found)
