"""epol in front of an app that asks models itself."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import cast

import aiohttp
import pytest
import uvicorn

from epol.engine import RefusedTargetError
from epol.gateway.asgi import Message, Receive, Scope, Send
from epol.gateway.guarding import Route
from epol.gateway.host_answer import ProtocolError
from epol.gateway.middleware import App
from epol.gateway.settings import Budget, Limits, Settings, SettingsError
from tests.gateway.hosting import Asked, Echo, answer, body_of, guarded, policy_file, stream
from tests.gateway.running import CHAT, MRN, bundle, chat, gateway, in_loop
from tests.gateway.targets import chat_answer, echo, targets
from tests.gateway.test_serving import events, said_in

HARD = {"max_tokens": 2000}
"""Sends a request to the cloud first."""
EASY = {"max_tokens": 50}


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that nobody may reach."""
    raise AssertionError("the app was reached")


@in_loop
async def test_the_app_sees_what_is_treated_and_the_caller_what_is_restored(
    tmp_path: Path,
) -> None:
    app = Echo()
    asked = Asked(
        chat(f"of {MRN}", **HARD),
        headers={
            "x-epol-target": "ward",
            "x-epol-session": "s1",
            "content-digest": "sha-256=:x:",
            "x-own": "1",
        },
        query_string=f"q={MRN}".encode(),
    )
    answered = await asked.of(guarded(app, tmp_path))
    assert answered.status == 200
    assert answered.text == f"of {MRN}"
    assert answered.headers["x-epol-target"] == "azure"
    assert answered.headers["x-epol-status"] == "route"
    [(scope, body)] = app.seen
    assert MRN not in body.decode()
    assert json.loads(body)["max_tokens"] == 500, "the cap of the target"
    headers = dict(scope["headers"])
    assert headers[b"x-epol-target"] == b"azure"
    assert headers[b"content-length"] == str(len(body)).encode()
    assert headers[b"x-own"] == b"1"
    assert b"content-digest" not in headers
    assert [name for name, _ in scope["headers"]].count(b"x-epol-target") == 1
    assert scope["query_string"] == b""
    assert scope["epol"].target == "azure"
    assert scope["epol"].decision.order == ("azure", "ward")
    assert MRN not in repr(scope)


@in_loop
async def test_a_stream_is_restored_as_it_comes(tmp_path: Path) -> None:
    app = Echo()
    asked = Asked(chat(f"about {MRN}.", stream=True, **HARD))
    answered = await asked.of(guarded(app, tmp_path))
    assert answered.headers["content-type"] == "text/event-stream"
    assert "content-length" not in answered.headers
    assert said_in(answered.body) == f"about {MRN}."
    assert answered.body.endswith(b"data: [DONE]\n\n")
    assert MRN not in app.said
    assert len(asked.sent) > 3, "it comes in pieces"


@in_loop
async def test_a_body_in_pieces_is_read_whole(tmp_path: Path) -> None:
    app = Echo()
    asked = Asked(chat(MRN, **HARD), headers={"transfer-encoding": "chunked"})
    [whole] = asked.incoming
    asked.incoming = [
        {"type": "http.request", "body": whole["body"][at : at + 9], "more_body": True}
        for at in range(0, len(whole["body"]), 9)
    ]
    asked.incoming.append({"type": "http.request"})
    assert (await asked.of(guarded(app, tmp_path))).text == MRN
    assert MRN not in app.said
    assert b"transfer-encoding" not in dict(app.seen[0][0]["headers"])


@in_loop
async def test_what_is_refused_is_told_as_the_gateway_tells_it(tmp_path: Path) -> None:
    app = guarded(nothing, tmp_path, config=Settings(limits=Limits(body=4000)))
    asked: list[tuple[object, str, dict[str, str]]] = [
        (chat(" ".join(f"MRN 0048291{n}" for n in range(5))), CHAT, {}),
        (chat("x", max_tokens=77), CHAT, {}),
        (b'{"messages": 1, "messages": 2}', CHAT, {}),
        (b"no json", CHAT, {}),
        ({"model": "any"}, "/v1/messages", {}),
        (chat("x" * 5000), CHAT, {}),
        (chat("x"), CHAT, {"content-encoding": "gzip"}),
        (chat("x"), CHAT, {"x-epol-session": "no space"}),
        (chat("x"), "/v1/files", {}),
    ]
    async with (
        targets(echo) as [ward],
        gateway(ward.url, ward.url, Settings(limits=Limits(body=4000))) as caller,
    ):
        for body, path, headers in asked:
            theirs = await caller.post(body, path, headers)
            ours = await Asked(body, path, headers).of(app)
            assert ours.status == theirs.status, path
            assert _told(ours.json) == _told(theirs.json)
            assert ours.headers["content-type"] == "application/json"
        assert not ward.got


def _told(problem: dict[str, object]) -> object:
    """An error, whose hold has a name of its own in each gateway."""
    error = cast(dict[str, object], problem["error"])
    hold = str(error.get("hold"))
    return json.loads(json.dumps(problem).replace(hold, "hold"))


@in_loop
async def test_an_operator_approves_and_reads_metrics_and_nobody_else(tmp_path: Path) -> None:
    key = {"authorization": "Bearer key-of-the-operator"}
    environment = {"EPOL_ADMIN_KEY": "key-of-the-operator"}
    app = Echo()
    epol = guarded(app, tmp_path, environment=environment)
    body = chat("x", max_tokens=77)
    hold = (await Asked(body).of(epol)).json["error"]["hold"]
    path = f"/epol/holds/{hold}/approve"
    assert (await Asked(b"", path).of(epol)).status == 401
    assert (await Asked(b"", path, key).of(epol)).status == 200
    assert not app.seen
    assert (await Asked(body).of(epol)).text == "x"
    assert (await Asked(body).of(epol)).status == 409, "an approval is for once"
    counted = (await Asked(b"", "/epol/metrics", key, method="GET").of(epol)).body.decode()
    assert 'epol_requests_total{api="openai.chat",status="200",target="ward"} 1' in counted
    assert 'epol_problems_total{code="held"} 2' in counted
    keyless = guarded(app, tmp_path, passed=["/epol/metrics"], environment={})
    await Asked(chat("the app's own"), "/epol/metrics").of(keyless)
    assert app.said == "the app's own"


@in_loop
async def test_a_route_may_have_one_target(tmp_path: Path) -> None:
    app = Echo()
    more = 'rule home { when request.model == "secret" and target.at == cloud  deny\n'
    more = "attr request.model : string\n" + more + '  because "stays here" }\n'
    epol = guarded(app, tmp_path, more, routes={"/a": Route("openai.chat", "azure")})
    answered = await Asked(chat(MRN), "/a").of(epol)
    assert answered.text == MRN
    assert MRN not in app.said
    refused = await Asked(chat(MRN) | {"model": "secret"}, "/a").of(epol)
    assert refused.status == 403
    assert [each["because"] for each in refused.json["error"]["reasons"]] == ["stays here"]
    assert len(app.seen) == 1
    with pytest.raises(SettingsError, match="no such target"):
        guarded(app, tmp_path, routes={"/a": Route("openai.chat", "nowhere")})


@in_loop
async def test_a_fallback_gets_the_body_for_its_own_target(tmp_path: Path) -> None:
    sent: list[bytes] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        sent.append(await body_of(receive))
        sent.append(scope["epol"].body("azure"))
        with pytest.raises(RefusedTargetError):
            scope["epol"].body("nowhere")
        said = json.loads(sent[1])["messages"][0]["content"]
        await answer(send, chat_answer(said))

    answered = await Asked(chat(MRN, **EASY)).of(guarded(app, tmp_path))
    assert MRN in sent[0].decode(), "the first target is on the ward"
    assert MRN not in sent[1].decode()
    assert answered.text == MRN
    assert answered.headers["x-epol-target"] == "azure"


@in_loop
async def test_an_answer_that_may_not_go_on_is_refused(tmp_path: Path) -> None:
    many = " ".join(f"MRN 0048291{n}" for n in range(4))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await body_of(receive)
        await answer(send, chat_answer(many))

    async def streams(scope: Scope, receive: Receive, send: Send) -> None:
        await body_of(receive)
        await stream(send, events(*many))
        await stream(send, events("what comes behind the end goes nowhere"))

    refused = await Asked(chat("x")).of(guarded(app, tmp_path))
    assert refused.status == 403
    assert refused.json["error"]["code"] == "answer-blocked"
    assert b"0048" not in refused.body
    cut = await Asked(chat("x", stream=True)).of(guarded(streams, tmp_path))
    assert b"policy_refusal" in cut.body
    assert b"00482912" not in cut.body
    assert b"goes nowhere" not in cut.body


@in_loop
@pytest.mark.parametrize(
    ("status", "kind", "body", "told", "code"),
    [
        (200, "text/html", b"<p>MRN 00482913</p>", 502, "unreadable"),
        (500, "text/plain", b"Internal Server Error MRN 00482913", 500, "unreadable"),
        (200, "text/event-stream; charset=utf-8", b"data: MRN 00482913\n\n", 200, None),
        (503, "text/event-stream", b"data: MRN 00482913\n\n", 503, "unreadable"),
        (200, "application/json", b'{"choices": 5}', 502, "unreadable"),
        (200, "application/json", b"x" * 3001, 502, "answer-too-large"),
    ],
)
async def test_an_answer_that_cannot_be_read_is_not_passed_on(
    tmp_path: Path, status: int, kind: str, body: bytes, told: int, code: str | None
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await body_of(receive)
        await answer(send, body, status, kind)

    limited = guarded(app, tmp_path, config=Settings(limits=Limits(answer=3000)))
    answered = await Asked(chat("x", **HARD)).of(limited)
    assert answered.status == told
    assert b"00482913" not in answered.body
    if code is None:
        assert b"stream_error" in answered.body
    else:
        assert answered.json["error"]["code"] == code


@in_loop
async def test_errors_and_headers_of_the_app_go_on_as_far_as_they_say_nothing(
    tmp_path: Path,
) -> None:
    more = (
        (b"retry-after", b"3"),
        (b"Access-Control-Allow-Origin", b"*"),
        (b"content-digest", b"sha-256=:x:"),
        (b"x-reasoning", b"MRN 00482913"),
        (b"x-epol-target", b"elsewhere"),
        (b"x-request-id", b"r1"),
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        said = json.loads(await body_of(receive))["messages"][0]["content"]
        body = json.dumps({"error": {"message": f"bad: {said}"}}).encode()
        await answer(send, body, 429, more=more)

    epol = guarded(app, tmp_path, headers=["X-Request-Id"])
    answered = await Asked(chat(MRN, **HARD)).of(epol)
    assert answered.status == 429
    assert answered.json["error"]["message"] == f"bad: {MRN}"
    assert answered.headers["retry-after"] == "3"
    assert answered.headers["access-control-allow-origin"] == "*"
    assert answered.headers["x-request-id"] == "r1"
    assert answered.headers["x-epol-target"] == "azure"
    assert not answered.headers.keys() & {"content-digest", "x-reasoning"}


@in_loop
async def test_an_answer_may_be_empty_but_not_packed(tmp_path: Path) -> None:
    async def empty(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    async def packed(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, b"\x1f\x8b", more=((b"content-encoding", b"gzip"),))

    answered = await Asked(chat("x")).of(guarded(empty, tmp_path))
    assert (answered.status, answered.body) == (204, b"")
    assert not answered.headers.keys() & {"content-length", "content-type"}
    refused = await Asked(chat("x")).of(guarded(packed, tmp_path))
    assert (refused.status, refused.json["error"]["code"]) == (502, "encoded")


@in_loop
async def test_an_app_that_raises_is_an_error_of_the_api_and_of_the_server(
    tmp_path: Path,
) -> None:
    async def at_once(scope: Scope, receive: Receive, send: Send) -> None:
        raise KeyError(MRN)

    async def behind_the_head(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"half', "more_body": True})
        raise KeyError(MRN)

    for app in (at_once, behind_the_head):
        asked = Asked(chat(MRN))
        with pytest.raises(KeyError):
            await asked.of(guarded(app, tmp_path))
        assert asked.answered.status == 500
        assert asked.answered.json["error"]["code"] == "internal-error"
        assert MRN.encode() not in asked.answered.body

    async def in_a_stream(scope: Scope, receive: Receive, send: Send) -> None:
        chunks = events("hello ", "world")[:2]
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", b"text/event-stream")],
            }
        )
        for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        raise KeyError(MRN)

    asked = Asked(chat(MRN))
    with pytest.raises(KeyError):
        await asked.of(guarded(in_a_stream, tmp_path))
    assert b"stream_error" in asked.answered.body


@in_loop
async def test_an_app_that_says_nothing_has_failed(tmp_path: Path) -> None:
    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        await body_of(receive)

    assert (await Asked(chat("x")).of(guarded(silent, tmp_path))).status == 500


@in_loop
async def test_ways_around_the_treatment_are_not_offered_and_refused(tmp_path: Path) -> None:
    names = ("response.pathsend", "response.zerocopysend", "response.trailers", "response.push")
    offered: dict[str, object] = {f"http.{name}": {} for name in names}
    offered["tls"] = {}
    seen: list[object] = []

    def sends(messages: Sequence[Message]) -> App:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            seen.append(scope["extensions"])
            for message in messages:
                await send(message)

        return app

    head: Message = {"type": "http.response.start", "status": 200, "headers": []}
    part: Message = {"type": "http.response.body", "body": b"{", "more_body": True}
    cases: list[list[Message]] = [
        [{"type": "http.response.pathsend", "path": "/etc/passwd"}],
        [head, {"type": "http.response.pathsend", "path": "/etc/passwd"}],
        [head, {"type": "http.response.zerocopysend", "file": 3}],
        [{"type": "http.response.push", "path": "/x", "headers": []}],
        [head, part, {"type": "http.response.trailers", "headers": []}],
        [head, head],
        [part],
    ]
    for messages in cases:
        asked = Asked(chat("x"), extensions=offered)
        with pytest.raises(ProtocolError):
            await asked.of(guarded(sends(messages), tmp_path))
        assert asked.answered.status == 500
    assert all(each == {"tls": {}} for each in seen)


@in_loop
async def test_an_app_may_work_on_behind_its_answer(tmp_path: Path) -> None:
    asked = Asked(chat(MRN))
    answered: list[int] = []
    left: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, chat_answer("early"))
        answered.append(asked.answered.status)
        left.append((await receive())["type"])
        left.append((await receive())["type"])

    assert (await asked.of(guarded(app, tmp_path))).text == "early"
    assert answered == [200], "before the app has ended, and before it has read"
    assert left == ["http.request", "http.disconnect"]


@in_loop
async def test_a_caller_who_goes_is_told_to_the_app_alone(tmp_path: Path) -> None:
    before = Asked(chat("x"))
    before.incoming = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]
    await guarded(nothing, tmp_path)(before.scope, before.receive, before.send)
    assert not before.sent

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await body_of(receive)
        asked.is_gone.set()
        assert (await receive())["type"] == "http.disconnect"
        await answer(send, chat_answer("nobody reads it"))

    asked = Asked(chat("x"))
    await asked.of(guarded(app, tmp_path))


@in_loop
async def test_what_is_below_a_guarded_path_and_not_known_is_refused(tmp_path: Path) -> None:
    epol = guarded(
        nothing, tmp_path, routes={"/v1/chat/completions": "openai.chat", "/ask": "openai.chat"}
    )
    for path in (
        "/v1/files",
        "/v1",
        "/v1/",
        "/v1/chat/completions/",
        "/v1//chat/completions",
        "//v1/chat/completions",
        "/V1/Chat/completions",
        "/x/../v1/chat/completions",
        "/v1/./chat/completions",
        "/%76%31/chat/completions",
        "/v1%2Fchat%2Fcompletions",
        "/v1;x/chat/completions",
        "\\v1\\chat",
        "/ask/",
        "/ASK",
    ):
        assert (await Asked(chat(MRN), path).of(epol)).status == 501, path
    for method in ("GET", "HEAD", "OPTIONS", "PUT"):
        assert (await Asked(b"", CHAT, method=method).of(epol)).status == 405
    mounted = await Asked(chat(MRN), "/api/v1/files", root_path="/api").of(epol)
    assert mounted.status == 501


@in_loop
async def test_the_rest_of_the_app_is_its_own(tmp_path: Path) -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)
        await answer(send, b"hello", kind="text/plain")

    epol = guarded(app, tmp_path, passed=["/v1/models"])
    for path in ("/", "/v1/models", "/v1x", "/docs/v1/chat"):
        asked = Asked(b"raw", path, method="GET")
        assert (await asked.of(epol)).body == b"hello"
        assert seen[-1] is asked.scope, "untouched"


@in_loop
async def test_websockets_and_lifespan(tmp_path: Path) -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    epol = guarded(app, tmp_path)
    asked = Asked(b"", "/v1/realtime", kind="websocket")
    await epol(asked.scope, asked.receive, asked.send)
    assert [(each["type"], each["code"]) for each in asked.sent] == [("websocket.close", 1008)]
    other = Asked(b"", "/live", kind="websocket")
    await epol(other.scope, other.receive, other.send)
    await epol({"type": "lifespan"}, other.receive, other.send)
    assert seen == ["websocket", "lifespan"]
    with pytest.raises(RuntimeError):
        await epol({"type": "webtransport", "path": "/v1/x"}, other.receive, other.send)


@in_loop
async def test_no_more_requests_are_under_way_than_may_be(tmp_path: Path) -> None:
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def waits(scope: Scope, receive: Receive, send: Send) -> None:
        inside.set()
        await go_on.wait()
        await answer(send, chat_answer("at last"))

    epol = guarded(waits, tmp_path, config=Settings(limits=Limits(requests=1)))
    first = asyncio.create_task(Asked(chat("x")).of(epol))
    await inside.wait()
    assert (await Asked(chat("x")).of(epol)).status == 503
    go_on.set()
    assert (await first).text == "at last"


@in_loop
async def test_a_changed_policy_is_taken_while_it_serves(tmp_path: Path) -> None:
    app = Echo()
    path = policy_file(tmp_path)
    epol = guarded(app, tmp_path, config=Settings(reload_seconds=0.02))
    assert (await Asked(chat("x")).of(epol)).headers["x-epol-policy"].startswith("gate@1.0.0")
    path.write_bytes(bundle(version="1.1.0"))
    async with asyncio.timeout(60):
        while epol.engine.policy.version != "1.1.0":
            await asyncio.sleep(0.01)
    assert (await Asked(chat("x")).of(epol)).headers["x-epol-policy"].startswith("gate@1.1.0")
    epol.close()


def test_settings_that_cannot_hold_here_are_refused(tmp_path: Path) -> None:
    app = Echo()
    with pytest.raises(SettingsError, match="budget"):
        guarded(app, tmp_path, config=Settings(budget=Budget(day="$1")))
    with pytest.raises(SettingsError, match="its API is one of"):
        guarded(app, tmp_path, routes={"/x": "openai.files"})
    with pytest.raises(SettingsError, match="begins with /"):
        guarded(app, tmp_path, passed=["x"])


@in_loop
async def test_behind_a_real_server(tmp_path: Path) -> None:
    app = Echo()
    config = uvicorn.Config(
        guarded(app, tmp_path), lifespan="off", log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve([listening]))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}{CHAT}"

        async def pieces() -> AsyncIterator[bytes]:
            data = json.dumps(chat(f"of {MRN}", stream=True, **HARD)).encode()
            for at in range(0, len(data), 7):
                yield data[at : at + 7]

        async with aiohttp.ClientSession() as session:
            async with session.post(url, data=pieces()) as got:
                assert said_in(await got.read()) == f"of {MRN}"
                assert got.headers["transfer-encoding"] == "chunked"
            assert MRN not in app.said
            async with session.post(url, json=chat(MRN, **HARD)) as got:
                assert (await got.json())["choices"][0]["message"]["content"] == MRN
            async with session.head(url) as got:
                assert (got.status, await got.read()) == (405, b"")
        server.should_exit = True
        await serving
