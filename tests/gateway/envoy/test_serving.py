"""What passes a real Envoy under the documentation's configuration."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Generator

import aiohttp
import pytest

from epol.gateway.settings import Settings, Tool
from tests.gateway.envoy.proxying import (
    Envoy,
    Proxied,
    envoy,
    example,
    needed,
    proxied,
    variant,
)
from tests.gateway.running import CHAT, MRN, chat, in_loop
from tests.gateway.targets import Got, Writer, begin_stream, fails, put, write
from tests.gateway.test_serving import EASY, HARD, events, said_in, streams_echo

pytestmark = needed
TOOLS = """
rule outside { on tool_call  when tool.at == cloud  deny  because "no tools of others" }
"""
OPERATOR = {"EPOL_ADMIN_KEY": "key-of-the-operator"}


@pytest.fixture(scope="module")
def proxy() -> Generator[Envoy]:
    config = example()
    listeners = config["static_resources"]["listeners"]
    [own] = listeners
    whole = {"response_body_mode": "BUFFERED"}
    listeners.append(variant(own, "whole", processing_mode=whole))
    for name in ("ward", "azure", "nobody"):
        fixed = {"initial_metadata": [{"key": "x-epol-target", "value": name}]}
        listeners.append(variant(own, f"only-{name}", grpc_service=fixed))
    with envoy(config) as made:
        yield made


def sent_to(caller: Proxied, name: str) -> str:
    """What a target got, as text."""
    return "\n".join(each.body.decode() for each in caller.targets[name].got)


@pytest.mark.parametrize("at", ["models", "whole"])
@in_loop
async def test_a_request_goes_where_the_policy_says_treated_for_there(
    proxy: Envoy, at: str
) -> None:
    async with proxied(proxy) as caller:
        easy = await caller.post(chat(MRN, **EASY), at=at)
        assert (easy.status, easy.text, easy.headers["x-epol-target"]) == (200, MRN, "ward")
        assert MRN in sent_to(caller, "ward")
        hard = await caller.post(chat(MRN, **HARD), at=at)
        assert (hard.status, hard.text, hard.headers["x-epol-target"]) == (200, MRN, "azure")
        assert hard.headers["x-epol-attempts"] == "azure=200"
        [sent] = caller.azure.got
        assert "00482913" not in sent.body.decode()
        assert (sent.json["model"], sent.json["max_tokens"]) == ("large", 500)
        assert sent.headers["content-length"] == str(len(sent.body))


@pytest.mark.parametrize("at", ["models", "whole"])
@in_loop
async def test_a_stream_is_restored_and_treated(proxy: Envoy, at: str) -> None:
    async with proxied(proxy, streams_echo, streams_echo) as caller:
        got = await caller.post(chat(MRN, stream=True, **HARD), at=at)
        assert got.headers["content-type"] == "text/event-stream"
        assert said_in(got.body) == MRN
        assert "00482913" not in sent_to(caller, "azure")
        refused = await caller.post(
            chat("MRN 00482911 MRN 00482912 MRN 00482913", stream=True, **EASY), at=at
        )
        assert refused.status == 200
        assert b"answers" in refused.body
        assert "00482913" not in refused.body.decode()


@in_loop
async def test_what_is_larger_than_a_window_goes_both_ways(proxy: Envoy) -> None:
    text = f"{'nothing to see here ' * 100_000}{MRN}"
    async with proxied(proxy) as caller:
        body = json.dumps(chat(text, **EASY)).encode()
        head = f"POST {CHAT} HTTP/1.1\r\nhost: models\r\nconnection: close\r\n"
        answered = await caller.raw(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        assert answered.startswith(b"HTTP/1.1 200")
        assert answered.endswith(b"\r\n0\r\n\r\n")
        assert answered.count(b"nothing to see here ") >= 99_000, "some are cut by chunks"
        assert caller.ward.got[0].json["messages"][-1]["content"] == text


@in_loop
async def test_a_stream_goes_on_as_it_comes(proxy: Envoy) -> None:
    heard = asyncio.Event()

    async def waits(got: Got, writer: Writer) -> None:
        first, *rest = events("hello " * 30, "world")
        begin_stream(writer)
        put(writer, first)
        put(writer, rest.pop(0))
        await writer.drain()
        await heard.wait()
        for each in rest:
            put(writer, each)
        writer.write(b"0\r\n\r\n")

    async with (
        proxied(proxy, waits) as caller,
        aiohttp.ClientSession(connector=caller.connector()) as session,
        session.post(f"http://models{CHAT}", json=chat("hi", stream=True, **EASY)) as got,
    ):
        first = b""
        while b"hello" not in first:
            first += (chunk := await got.content.readany())
            assert chunk, "it goes on"
        heard.set()
        assert said_in(first + await got.read()) == "hello " * 30 + "world"


async def calls_tool(got: Got, writer: Writer) -> None:
    """Call the tool `mail` with what the last message said."""
    said = json.dumps({"to": got.json["messages"][-1]["content"]})
    call = {"id": "c1", "type": "function", "function": {"name": "mail", "arguments": said}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    write(writer, 200, json.dumps({"choices": [choice]}).encode())


@pytest.mark.parametrize(("place", "status"), [("local", 200), ("cloud", 403)])
@in_loop
async def test_tool_calls_are_judged(proxy: Envoy, place: str, status: int) -> None:
    settings = Settings(probe=False, tools={"mail": Tool(at=place)})
    tool = {"type": "function", "function": {"name": "mail", "parameters": {"type": "object"}}}
    async with proxied(proxy, azure=calls_tool, settings=settings, more=TOOLS) as caller:
        got = await caller.post(chat(MRN, tools=[tool], **HARD))
        assert got.status == status
        assert "00482913" not in sent_to(caller, "azure")
        if status == 200:
            [call] = got.json["choices"][0]["message"]["tool_calls"]
            assert json.loads(call["function"]["arguments"]) == {"to": MRN}
        else:
            assert got.json["error"]["code"] == "answer-blocked"
            assert got.json["error"]["reasons"][0]["rule"] == "outside"


@in_loop
async def test_a_blocked_request_goes_nowhere(proxy: Envoy) -> None:
    async with proxied(proxy) as caller:
        got = await caller.post(chat(*(f"MRN 0048291{n}" for n in range(4))))
        assert (got.status, got.json["error"]["code"]) == (403, "blocked")
        assert got.headers["x-epol-status"] == "block"
        assert not caller.ward.got
        assert not caller.azure.got


@in_loop
async def test_a_held_request_waits_for_an_operator_who_asks_through_envoy(proxy: Envoy) -> None:
    body = chat("hi", max_tokens=77)
    key = {"authorization": f"Bearer {OPERATOR['EPOL_ADMIN_KEY']}"}
    async with proxied(proxy, environment=OPERATOR) as caller:
        held = await caller.post(body)
        assert (held.status, held.json["error"]["code"]) == (409, "held")
        assert not caller.ward.got
        name = held.json["error"]["hold"]
        path = f"/epol/holds/{name}/approve"
        assert (await caller.post(b"", path)).status == 401
        assert (await caller.post(b"", path, headers=key)).status == 200
        assert (await caller.post(body)).status == 200
        assert (await caller.post(body)).status == 409
        counted = await caller.post(b"", "/epol/metrics", headers=key, method="GET")
        assert 'epol_decisions_total{status="hold"}' in counted.body.decode()


@pytest.mark.parametrize("at", ["models", "whole"])
@in_loop
async def test_what_a_failing_target_says_stays_there(proxy: Envoy, at: str) -> None:
    async def unreadable(got: Got, writer: Writer) -> None:
        write(writer, 200, b"MRN 00482913")

    secret = b'{"error":{"message":"MRN 00482913"}}'
    for behaviour, said in (
        (fails(500, secret, "x-said: MRN 00482913"), "azure=500"),
        (fails(502, b""), "azure=502"),
        (fails(302, b"", "location: http://x/MRN00482913"), "azure=302"),
        (fails(200, secret, "content-encoding: gzip"), "azure=encoded"),
        (unreadable, "azure=unreadable"),
    ):
        async with proxied(proxy, azure=behaviour) as caller:
            got = await caller.post(chat("hi", **HARD), at=at)
            assert (got.status, got.headers["x-epol-attempts"]) == (502, said)
            assert got.json["error"]["code"] == "no-target-answered"
            assert "00482913" not in f"{got.body!r}{dict(got.headers)}"
            # The other target has not got a body that was not made for it.
            assert not caller.ward.got


@pytest.mark.parametrize("at", ["models", "whole"])
@in_loop
async def test_an_error_about_the_request_is_treated(proxy: Envoy, at: str) -> None:
    async def repeats(got: Got, writer: Writer) -> None:
        said = got.json["messages"][-1]["content"]
        write(writer, 400, json.dumps({"error": {"message": f"bad: {said}"}}).encode())

    async with proxied(proxy, azure=repeats) as caller:
        got = await caller.post(chat(MRN, **HARD), at=at)
        assert (got.status, got.json["error"]["message"]) == (400, f"bad: {MRN}")


@in_loop
async def test_a_route_may_have_one_target(proxy: Envoy) -> None:
    fixed = """
rule stays { when count phi.mrn == 2 and target.at == cloud  deny  because "it stays" }
"""
    async with proxied(proxy, more=fixed) as caller:
        got = await caller.post(chat(MRN, **EASY), at="only-azure")
        assert (got.status, got.text, got.headers["x-epol-target"]) == (200, MRN, "azure")
        assert "00482913" not in sent_to(caller, "azure")
        two = chat(MRN, "MRN 00482914", **EASY)
        denied = await caller.post(two, at="only-azure")
        assert (denied.status, denied.json["error"]["reasons"][0]["rule"]) == (403, "stays")
        assert (await caller.post(two, at="only-ward")).status == 200
        unknown = await caller.post(two, at="only-nobody")
        assert (unknown.status, unknown.json["error"]["code"]) == (500, "proxy-configuration")


@in_loop
async def test_other_apis(proxy: Envoy) -> None:
    async with proxied(proxy) as caller:
        models = await caller.post(b"", "/v1/models", method="GET")
        assert models.json["data"][0]["id"] == "gate"
        for method, path, status in (
            ("GET", CHAT, 405),
            ("HEAD", CHAT, 405),
            ("POST", "/v1/files", 501),
            ("POST", "/other", 501),
            ("DELETE", "/v1/models", 501),
        ):
            got = await caller.post(b"", path, method=method)
            assert got.status == status, (method, path)
        assert not caller.ward.got
