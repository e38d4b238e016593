"""The threat model of docs/threat-model.md: one test for each row of the middleware, by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epol.gateway.asgi import Message, Receive, Scope, Send
from epol.gateway.guarding import ROUTES, Guard, plain
from epol.gateway.host_answer import ProtocolError
from tests.gateway.hosting import Asked, Echo, answer, body_of, guarded
from tests.gateway.running import CHAT, MRN, chat, in_loop
from tests.gateway.targets import chat_answer

HARD = {"max_tokens": 2000}
"""Sends a request to the cloud."""
_SPELT = st.sampled_from(["/", "//", "/./", "/x/../", "\\\\", "/;a/", "%2f", "/%2e/"])


@settings(max_examples=300)
@given(st.lists(_SPELT, min_size=3, max_size=3), st.booleans(), st.integers(0, 3), st.booleans())
def _every_spelling(between: list[str], is_loud: bool, escaped: int, has_end: bool) -> None:
    words = ["v1", "chat", "completions"]
    words = [word.upper() for word in words] if is_loud else words
    if escaped < len(words):
        words[escaped] = "".join(f"%{ord(each):02x}" for each in words[escaped])
    path = "".join(map("".join, zip(between, words, strict=True))) + "/" * has_end
    assert plain(path) == CHAT
    guard = Guard(ROUTES)
    assert not guard.passes(path)
    assert (guard.endpoint(path) is not None) == (path == CHAT)


@in_loop
async def test_no_other_spelling_of_a_path_gets_by(tmp_path: Path) -> None:
    _every_spelling()
    app = Echo()
    epol = guarded(app, tmp_path)
    for path in ("/V1/chat/completions", "//v1/chat/completions", "/v1/chat/completions/"):
        for kind in ("http", "websocket"):
            asked = Asked(chat(MRN), path, kind=kind)
            await epol(asked.scope, asked.receive, asked.send)
            [first, *_] = asked.sent
            assert first.get("status", 501) == 501
    assert not app.seen


@in_loop
async def test_the_app_reads_what_was_judged(tmp_path: Path) -> None:
    app = Echo()
    epol = guarded(app, tmp_path)
    for kind in (
        "application/json; charset=utf-7",
        "text/plain",
        "multipart/form-data; boundary=x",
    ):
        await Asked(chat(MRN, **HARD), headers={"content-type": kind}).of(epol)
        headers = app.seen[-1][0]["headers"]
        assert [v for k, v in headers if k == b"content-type"] == [b"application/json"]
        assert MRN not in app.said
    wide = json.dumps(chat(MRN, **HARD)).encode("utf-16")
    refused = await Asked(wide, headers={"content-type": "application/json; charset=utf-16"}).of(
        epol
    )
    assert refused.status == 400
    assert len(app.seen) == 3


@in_loop
async def test_nothing_of_the_body_goes_beside_it(tmp_path: Path) -> None:
    app = Echo()
    beside: tuple[str, ...] = (
        "digest",
        "content-digest",
        "repr-digest",
        "content-md5",
        "trailer",
        "expect",
    )
    headers = {str(name): MRN for name in beside}
    asked = Asked(chat(MRN, **HARD), headers=headers, query_string=b"text=MRN+00482913")
    await asked.of(guarded(app, tmp_path))
    [(scope, body)] = app.seen
    assert b"00482913" not in body
    assert not dict(scope["headers"]).keys() & {each.encode() for each in beside}
    assert "00482913" not in repr({**scope, "epol": None})


@in_loop
async def test_no_caller_names_the_target(tmp_path: Path) -> None:
    app = Echo()
    asked = Asked(chat(MRN, **HARD), headers={"x-epol-target": "ward", "x-epol-status": "route"})
    asked.scope["headers"].append((b"X-Epol-Target", b"ward"))
    await asked.of(guarded(app, tmp_path))
    headers = app.seen[0][0]["headers"]
    assert [v for k, v in headers if k.lower() == b"x-epol-target"] == [b"azure"]
    assert b"x-epol-status" not in dict(headers)


@in_loop
async def test_no_answer_goes_out_untreated(tmp_path: Path) -> None:
    secret = tmp_path / "answer.json"
    secret.write_bytes(chat_answer(MRN))
    many = " ".join(f"MRN 0048291{n}" for n in range(4))
    head: Message = {"type": "http.response.start", "status": 200, "headers": []}
    ways: list[list[Message]] = [
        [head, {"type": "http.response.pathsend", "path": str(secret)}],
        [head, {"type": "http.response.zerocopysend", "file": 3}],
        [{"type": "http.response.push", "path": f"/{MRN}", "headers": []}],
        [{"type": "http.response.early_hint", "links": [MRN.encode()]}],
    ]
    for messages in ways:

        async def app(
            scope: Scope, receive: Receive, send: Send, messages: list[Message] = messages
        ) -> None:
            assert not scope["extensions"]
            for message in messages:
                await send(message)

        extensions = {message["type"]: dict[str, object]() for message in messages}
        asked = Asked(chat("x"), extensions=extensions)
        with pytest.raises(ProtocolError):
            await asked.of(guarded(app, tmp_path))
        assert asked.answered.status == 500
        assert b"0048" not in asked.answered.body

    async def in_headers(scope: Scope, receive: Receive, send: Send) -> None:
        fields = ((b"x-said", many.encode()), (b"content-encoding", b"gzip"))
        await answer(send, chat_answer(many), more=fields)

    answered = await Asked(chat("x")).of(guarded(in_headers, tmp_path))
    assert answered.status == 502
    assert "0048" not in repr(answered)


@in_loop
async def test_the_raw_body_is_not_to_be_had(tmp_path: Path) -> None:
    seen: list[object] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(await body_of(receive))
        asked.is_gone.set()
        seen.extend([await receive(), await receive()])
        seen.append(repr(scope["epol"]))
        await answer(send, chat_answer("x"))

    asked = Asked(chat(MRN, **HARD))
    late: Message = {"type": "http.request", "body": MRN.encode(), "more_body": False}
    asked.incoming.append(late)
    await asked.of(guarded(app, tmp_path))
    assert seen[1] == seen[2] == {"type": "http.disconnect"}
    assert MRN not in repr(seen)
