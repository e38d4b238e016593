"""What callers see of the gateway beside answers: errors, limits, streams, other APIs."""

from __future__ import annotations

import asyncio
import json

import pytest

from epol.gateway.settings import Limits, Settings, Times
from tests.gateway.running import MRN, Caller, chat, gateway, in_loop, run
from tests.gateway.targets import Got, Writer, begin_stream, echo, hangs, put, targets, write

HARD = {"max_tokens": 2000}
"""Sends a request to the cloud first."""
EASY = {"max_tokens": 50}


def events(*texts: str) -> list[bytes]:
    """A stream of a chat completion that says some texts."""
    made: list[dict[str, object]] = [
        {"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta}]}
        for delta in [{"role": "assistant"}, *({"content": text} for text in texts)]
    ]
    end: dict[str, object] = {
        "id": "c",
        "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
    }
    return [*(f"data: {json.dumps(e)}\n\n".encode() for e in [*made, end]), b"data: [DONE]\n\n"]


async def streams_echo(got: Got, writer: Writer) -> None:
    """Say what the last message said, a few characters at a time."""
    said = got.json["messages"][-1]["content"]
    begin_stream(writer)
    for event in events(*(said[at : at + 3] for at in range(0, len(said), 3))):
        put(writer, event)
        await writer.drain()
    writer.write(b"0\r\n\r\n")


def said_in(body: bytes) -> str:
    """The text of a stream."""
    found: list[str] = []
    for line in body.decode().split("\n"):
        if line.startswith("data: {"):
            choices = json.loads(line[6:]).get("choices", [])
            found += [choice["delta"].get("content") or "" for choice in choices]
    return "".join(found)


@in_loop
async def test_a_stream_is_restored_as_it_comes() -> None:
    async with (
        targets(echo, streams_echo) as (_, azure),
        gateway("http://127.0.0.1:9/v1", azure.url) as caller,
    ):
        answered = await caller.post(chat(f"about {MRN}.", stream=True, **HARD))
        assert answered.status == 200
        assert answered.headers["content-type"] == "text/event-stream"
        assert said_in(answered.body) == f"about {MRN}."
        assert answered.body.endswith(b"data: [DONE]\n\n")
        assert b"MRN" not in azure.got[0].body


@in_loop
async def test_a_stream_that_breaks_off_ends_with_an_error_and_no_other_target() -> None:
    async def breaks(got: Got, writer: Writer) -> None:
        begin_stream(writer)
        for event in events("hello ", "world")[:2]:
            put(writer, event)
        await writer.drain()
        writer.close()

    async with targets(echo, breaks) as (ward, azure), gateway(ward.url, azure.url) as caller:
        answered = await caller.post(chat("x", stream=True, **HARD))
        assert answered.status == 200
        assert "hello world".startswith(said_in(answered.body))
        assert b'"stream_error"' in answered.body
        assert not ward.got


@in_loop
async def test_a_stream_that_falls_silent_is_ended() -> None:
    async def silent(got: Got, writer: Writer) -> None:
        begin_stream(writer)
        for event in events("hello ", "world")[:2]:
            put(writer, event)
        await writer.drain()
        await asyncio.sleep(3600)

    settings = Settings(times=Times(idle=0.2))
    async with (
        targets(echo, silent) as (ward, azure),
        gateway(ward.url, azure.url, settings) as caller,
    ):
        answered = await caller.post(chat("x", stream=True, **HARD))
        assert b'"stream_error"' in answered.body


@in_loop
async def test_before_its_first_byte_a_stream_may_come_from_another_target() -> None:
    async def begins_only(got: Got, writer: Writer) -> None:
        begin_stream(writer)
        await writer.drain()
        writer.close()

    async with (
        targets(streams_echo, begins_only) as (ward, azure),
        gateway(ward.url, azure.url) as caller,
    ):
        answered = await caller.post(chat(f"about {MRN}", stream=True, **HARD))
        assert answered.headers["x-epol-target"] == "ward"
        assert said_in(answered.body) == f"about {MRN}"


@in_loop
async def test_a_caller_who_leaves_a_stream_ends_it() -> None:
    async def endless(got: Got, writer: Writer) -> None:
        begin_stream(writer)
        while True:
            put(writer, events("again ")[1])
            await writer.drain()
            await asyncio.sleep(0.01)

    async with targets(echo, endless) as (ward, azure), gateway(ward.url, azure.url) as caller:
        body = json.dumps(chat("x", stream=True, **HARD)).encode()
        async with caller.session.post(caller.url + "/v1/chat/completions", data=body) as got:
            await got.content.readany()
        while not azure.dropped:
            await asyncio.sleep(0.01)


@in_loop
async def test_a_caller_who_takes_nothing_ends_a_stream() -> None:
    async def endless(got: Got, writer: Writer) -> None:
        begin_stream(writer)
        while True:
            put(writer, events("again " * 5000)[1])
            await writer.drain()

    settings = Settings(times=Times(idle=0.3))
    async with (
        targets(echo, endless) as (ward, azure),
        gateway(ward.url, azure.url, settings) as caller,
    ):
        body = json.dumps(chat("x", stream=True, **HARD)).encode()
        head = f"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: {len(body)}\r\n\r\n"
        _, writer = await asyncio.open_connection("127.0.0.1", caller.port, limit=1024)
        writer.write(head.encode() + body)
        while not azure.dropped:
            await asyncio.sleep(0.01)
        writer.close()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "bad-request"),
        (b'{"messages":[],"messages":[]}', 400, "bad-request"),
        (b"\xff", 400, "bad-request"),
        (b"[" * 5000, 400, "bad-request"),
        (b"x" * 2000, 413, "body-too-large"),
    ],
)
def test_a_bad_body_is_refused(body: bytes, status: int, code: str) -> None:
    async def test() -> None:
        settings = Settings(limits=Limits(body=1000 if status == 413 else 100_000))
        async with targets(echo) as [ward], gateway(ward.url, ward.url, settings) as caller:
            answered = await caller.post(body)
            assert (answered.status, answered.json["error"]["code"]) == (status, code)
            assert not ward.got

    run(test())


@in_loop
async def test_a_body_without_a_length_is_limited_too() -> None:
    async def parts() -> object:
        for _ in range(100):
            yield b"x" * 100

    settings = Settings(limits=Limits(body=1000))
    async with (
        targets(echo) as [ward],
        gateway(ward.url, ward.url, settings) as caller,
        caller.session.post(caller.url + "/v1/chat/completions", data=parts()) as got,
    ):
        assert got.status == 413


@in_loop
async def test_what_is_not_served_is_not_passed_on() -> None:
    async with targets(echo) as [ward], gateway(ward.url, ward.url) as caller:
        for path in ("/v1/files", "/v1/audio/speech", "/v1/completions", "/", "/epol/holds"):
            answered = await caller.post(b"{}", path)
            assert answered.status == 501
            assert answered.json["error"]["code"] == "unknown-endpoint"
        assert (await caller.get("/v1/threads")).status == 501
        assert (await caller.get("/v1/chat/completions")).status == 405
        assert not ward.got


@in_loop
async def test_what_the_gateway_says_of_itself() -> None:
    async with targets(echo) as [ward], gateway(ward.url, ward.url) as caller:
        assert (await caller.get("/healthz")).json == {"status": "ok"}
        assert (await caller.get("/readyz")).json == {"status": "ready"}
        assert [each["id"] for each in (await caller.get("/v1/models")).json["data"]] == ["gate"]
        caller.server.stop()
        caller.gateway.is_ready = False


@in_loop
async def test_an_error_has_the_shape_of_the_callers_api() -> None:
    async with targets(echo) as [ward], gateway(ward.url, ward.url) as caller:
        answered = await caller.post(b"{", "/v1/messages")
        assert answered.status == 400
        assert answered.json["type"] == "error"
        assert answered.json["error"]["type"] == "invalid_request_error"
        assert set((await caller.post(b"{")).json["error"]) >= {"message", "type", "param", "code"}


@in_loop
async def test_too_many_at_once_are_told_to_come_again() -> None:
    settings = Settings(limits=Limits(requests=2))
    async with targets(hangs) as [ward], gateway(ward.url, ward.url, settings) as caller:
        busy = [asyncio.create_task(caller.post(chat("x"))) for _ in range(2)]
        while len(ward.got) < 2:
            await asyncio.sleep(0.01)
        answered = await caller.post(chat("x"))
        assert answered.status == 503
        assert answered.headers["retry-after"] == "1"
        for each in busy:
            each.cancel()


async def raw(caller: Caller, data: bytes) -> bytes:
    """What comes back for bytes on a connection of their own, until it is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", caller.port)
    writer.write(data)
    await writer.drain()
    found = await reader.read()
    writer.close()
    return found


@in_loop
async def test_slow_and_large_heads_are_cut_off() -> None:
    settings = Settings(limits=Limits(header=2000, header_seconds=0.3, body_seconds=0.3))
    async with targets(echo) as [ward], gateway(ward.url, ward.url, settings) as caller:
        assert await raw(caller, b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n") == b""
        assert await raw(caller, b"") == b""
        large = b"GET /healthz HTTP/1.1\r\nx: " + b"y" * 3000 + b"\r\n\r\n"
        assert (await raw(caller, large)).startswith(b"HTTP/1.1 400")
        long = b"GET /" + b"y" * 3000 + b" HTTP/1.1\r\n\r\n"
        assert (await raw(caller, long)).startswith(b"HTTP/1.1 400")
        slow = (
            b"POST /v1/chat/completions HTTP/1.1\r\nconnection: close\r\ncontent-length: 9\r\n\r\n{"
        )
        assert (await raw(caller, slow)).startswith(b"HTTP/1.1 408")
        assert not ward.got
        assert (await caller.get("/healthz")).status == 200


@in_loop
async def test_many_at_once_get_each_their_own_answer() -> None:
    async with targets(echo, echo) as (ward, azure), gateway(ward.url, azure.url) as caller:
        said = [f"MRN {number:08}" for number in range(200)]
        answers = await asyncio.gather(
            *(caller.post(chat(each, **(HARD if at % 2 else EASY))) for at, each in enumerate(said))
        )
        assert [each.text for each in answers] == said
        assert len(ward.got) == len(azure.got) == 100
        assert not any(b"MRN" in got.body for got in azure.got)


@in_loop
async def test_a_target_is_asked_only_in_an_api_that_it_speaks() -> None:
    answer = {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": "hello"}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }

    async def messages(got: Got, writer: Writer) -> None:
        write(writer, 200, json.dumps(answer).encode())

    more = """
field api : string default "openai"
target claude { at cloud  context 1M  tools true  model "opus"  url env "CLAUDE_URL"
                key env "CLAUDE_KEY"  api "anthropic" }
rule never { when target.name == claude  avoid 50 }
"""
    async with (
        targets(echo, messages) as (ward, claude),
        gateway(
            ward.url, ward.url, more=more, CLAUDE_URL=claude.url, CLAUDE_KEY="key-of-claude"
        ) as caller,
    ):
        body = {"model": "any", "max_tokens": 9, "messages": [{"role": "user", "content": MRN}]}
        answered = await caller.post(body, "/v1/messages", {"anthropic-version": "2024-01-01"})
        assert answered.headers["x-epol-target"] == "claude"
        assert answered.json["content"][0]["text"] == "hello"
        [got] = claude.got
        assert got.path == "/v1/messages"
        assert got.headers["x-api-key"] == "key-of-claude"
        assert got.headers["anthropic-version"] == "2024-01-01"
        assert got.json["model"] == "opus"
        assert b"MRN" not in got.body
        assert (await caller.post(chat("hello", **EASY))).headers["x-epol-target"] == "ward"
