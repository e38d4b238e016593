"""The threats of docs/threat-model.md that come with Envoy: one test for each row, by name."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Generator, Mapping
from pathlib import Path

import pytest

from epol.gateway.envoy.command import envoy as command
from epol.gateway.settings import Caller as Known
from epol.gateway.settings import Limits, Settings, Times
from tests.gateway.envoy.processors import closes_in_good_order, processor
from tests.gateway.envoy.proxying import (
    Envoy,
    Proxied,
    Tree,
    envoy,
    example,
    manager_of,
    needed,
    proxied,
    variant,
)
from tests.gateway.running import CHAT, MRN, bundle, chat, in_loop
from tests.gateway.targets import Got, Writer, begin_stream, chat_answer, fails, hangs, put
from tests.gateway.test_serving import events, streams_echo

EASY, HARD = {"max_tokens": 50}, {"max_tokens": 2000}
SECRET = "00482913"
REQUESTS = ("NONE", "STREAMED", "BUFFERED_PARTIAL", "FULL_DUPLEX_STREAMED")
ANSWERS = ("NONE", "STREAMED", "BUFFERED_PARTIAL")
WAYS: Mapping[str, Mapping[str, object]] = {
    **{f"request-{each}": {"request_body_mode": each} for each in REQUESTS},
    **{f"answer-{each}": {"response_body_mode": each} for each in ANSWERS},
    "no-request-head": {"request_header_mode": "SKIP"},
    "no-answer-head": {"response_header_mode": "SKIP", "response_body_mode": "BUFFERED"},
}
"""Modes under which a processor sees too little, or cannot change it."""


@pytest.fixture(scope="module")
def proxy() -> Generator[Envoy]:
    config = example()
    listeners, clusters = (config["static_resources"][each] for each in ("listeners", "clusters"))
    [own] = listeners
    listeners += [variant(own, name, processing_mode=way) for name, way in WAYS.items()]
    listeners += [
        variant(own, "short", message_timeout="0.2s"),
        variant(own, "no-instead", disable_immediate_response=True),
        _trailing(variant(own, "trailers")),
        _upgrading(variant(own, "upgrades")),
        _falling_back(variant(own, "aggregate")),
    ]
    for cluster in clusters[1:]:
        cluster["typed_extension_protocol_options"] = _HTTP1_WITH_TRAILERS
    clusters.append(_AGGREGATE)
    with envoy(config) as made:
        yield made


_HTTP = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_HTTP1_WITH_TRAILERS = {
    _HTTP: {
        "@type": f"type.googleapis.com/{_HTTP}",
        "explicit_http_config": {"http_protocol_options": {"enable_trailers": True}},
    }
}
_AGGREGATE = {
    "name": "any",
    "connect_timeout": "2s",
    "lb_policy": "CLUSTER_PROVIDED",
    "cluster_type": {
        "name": "envoy.clusters.aggregate",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig",
            "clusters": ["ward", "azure"],
        },
    },
}


def _trailing(listener: Tree) -> Tree:
    manager_of(listener)["http_protocol_options"] = {"enable_trailers": True}
    return listener


def _upgrading(listener: Tree) -> Tree:
    manager_of(listener)["upgrade_configs"] = [{"upgrade_type": "websocket"}]
    return listener


def _falling_back(listener: Tree) -> Tree:
    """Ward's route leads to either target, the second if the first one fails."""
    [host] = manager_of(listener)["route_config"]["virtual_hosts"]
    route = host["routes"][0]["route"]
    name = "envoy.retry_priorities.previous_priorities"
    kind = "envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig"
    route["cluster"] = "any"
    route["retry_policy"] = {
        "retry_on": "5xx",
        "num_retries": 1,
        "retry_priority": {
            "name": name,
            "typed_config": {"@type": f"type.googleapis.com/{kind}", "update_frequency": 1},
        },
    }
    return listener


def sent(*lines: str, body: bytes = b"{}", method: str = "POST", path: str = CHAT) -> bytes:
    """A request as bytes, on a connection that is then closed."""
    head = [f"{method} {path} HTTP/1.1", "host: models", "connection: close", *lines]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def with_length(body: object) -> tuple[str, bytes]:
    """The length of a body, and the body."""
    data = json.dumps(body).encode()
    return f"content-length: {len(data)}", data


def nobody_got_it(caller: Proxied) -> bool:
    """Whether no target got anything."""
    return not caller.ward.got and not caller.azure.got


@needed
@in_loop
async def test_no_caller_names_the_target(proxy: Envoy) -> None:
    async with proxied(proxy) as caller:
        got = await caller.post(chat(MRN, **EASY), headers={"x-epol-target": "azure"})
        assert (got.status, got.headers["x-epol-target"]) == (200, "ward")
        assert not caller.azure.got
        twice = sent("x-epol-target: azure", "x-epol-target: azure", with_length(chat(MRN))[0])
        await caller.raw(twice + with_length(chat(MRN))[1])
        assert SECRET not in "".join(each.body.decode() for each in caller.azure.got)


@needed
@in_loop
async def test_nothing_of_a_caller_goes_on_but_the_treated_body(proxy: Envoy) -> None:
    settings = Settings(probe=False, callers={"lab": Known("LAB_KEY")})
    keys = {"LAB_KEY": "key-of-the-lab-12", "AZURE_KEY": "key-of-azure"}
    said = {
        "authorization": f"Bearer {keys['LAB_KEY']}",
        "cookie": f"a={SECRET}",
        "x-note": SECRET,
        "user-agent": SECRET,
        "x-forwarded-for": SECRET,
        "x-forwarded-proto": SECRET,
        "x-request-id": SECRET,
        "x-envoy-retry-on": "5xx",
        "x-envoy-original-path": SECRET,
        "content-type": f"application/json; note={SECRET}",
        "accept": SECRET,
        f"x-{SECRET}": "1",
    }
    async with proxied(proxy, settings=settings, environment=keys) as caller:
        got = await caller.post(chat(MRN, **HARD), f"{CHAT}?note={SECRET}", headers=said)
        assert got.status == 200, got.body
        [reached] = caller.azure.got
        assert reached.headers["authorization"] == "Bearer key-of-azure"
        assert reached.path == CHAT
        assert SECRET not in f"{reached.path}{reached.headers}{reached.body!r}"
        assert "x-envoy-retry-on" not in reached.headers
        assert (await caller.post(chat(MRN))).status == 401


@needed
@in_loop
async def test_nothing_of_a_target_reaches_a_caller_but_the_treated_answer(proxy: Envoy) -> None:
    async def talks(got: Got, writer: Writer) -> None:
        writer.write(f"HTTP/1.1 103 Early Hints\r\nlink: {SECRET}\r\n\r\n".encode())
        body = chat_answer("hello")
        lines = (
            "HTTP/1.1 200 OK",
            f"content-type: application/json; note={SECRET}",
            f"x-note: {SECRET}",
            f"x-{SECRET}: 1",
            f"set-cookie: {SECRET}",
            "trailer: x-last",
            "transfer-encoding: chunked",
        )
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
        put(writer, body)
        writer.write(f"0\r\nx-last: {SECRET}\r\n\r\n".encode())

    async def streams(got: Got, writer: Writer) -> None:
        begin_stream(writer)
        for each in events("hello"):
            put(writer, each)
        writer.write(f"0\r\nx-last: {SECRET}\r\n\r\n".encode())

    async with proxied(proxy, talks, streams) as caller:
        for more in (EASY, {**HARD, "stream": True}):
            length, body = with_length(chat("hi", **more))
            answered = (await caller.raw(sent(length, body=body), "trailers")).decode()
            assert answered.startswith("HTTP/1.1 200")
            assert "hello" in answered
            assert SECRET not in answered


@needed
@in_loop
async def test_a_processor_that_is_not_there_or_fails_lets_nothing_through(proxy: Envoy) -> None:
    async def fails_at_once(context: Tree) -> None:
        raise ConnectionError

    async with proxied(proxy, processes=False) as caller:
        got = await caller.post(chat(MRN, **EASY))
        assert got.status >= 500
        assert nobody_got_it(caller)
        async with processor(proxy.path("epol"), fails_at_once):
            assert (await caller.post(chat(MRN, **EASY))).status == 500
        assert nobody_got_it(caller)


@needed
@in_loop
async def test_a_stream_never_ends_in_good_order_before_all_is_answered(proxy: Envoy) -> None:
    # Envoy would take that for consent, which is why test_conversation.py looks for it.
    async with (
        proxied(proxy, processes=False) as caller,
        processor(proxy.path("epol"), closes_in_good_order),
    ):
        assert (await caller.post(chat(MRN), headers={"x-epol-target": "azure"})).status == 200
        assert SECRET in caller.azure.got[0].body.decode()
    async with proxied(proxy, hangs, settings=Settings(times=Times(attempt=0.2))) as caller:
        late = await caller.post(chat(MRN, **EASY))
        assert (late.status, late.json["error"]["code"]) == (504, "no-target-answered")


@needed
@pytest.mark.parametrize("way", [*WAYS, "no-instead"])
@in_loop
async def test_a_proxy_that_shows_too_little_is_refused(proxy: Envoy, way: str) -> None:
    async with proxied(proxy, azure=fails(200, SECRET.encode())) as caller:
        length, body = with_length(chat(MRN, **HARD))
        method = "GET" if way == "no-instead" else "POST"
        answered = await caller.raw(sent(length, body=body, method=method), way)
        assert SECRET.encode() not in answered
        assert not any(SECRET in each.body.decode() for each in caller.azure.got)
        if way == "no-answer-head":
            # The head has gone on, so all that is left is to break off.
            assert b'{"' not in answered
            return
        assert answered.startswith(b"HTTP/1.1 500")
        assert nobody_got_it(caller)
        assert (b"proxy-configuration" in answered) == (way != "no-instead" and "head" not in way)


@needed
@in_loop
async def test_what_cannot_be_read_whole_is_refused(proxy: Envoy) -> None:
    length, body = with_length(chat(MRN, **HARD))
    chunked = b"%x\r\n%s\r\n0\r\nx-note: %s\r\n\r\n" % (len(body), body, SECRET.encode())
    upgrade = ("upgrade: websocket", "connection: upgrade")
    async with proxied(proxy) as caller:
        for at, data, status in (
            ("models", sent(body=b""), 400),
            ("models", sent(method="HEAD", body=b""), 405),
            ("models", sent(method="GET", body=b""), 405),
            ("models", sent("content-encoding: gzip", length, body=body), 415),
            (
                "models",
                sent("expect: 100-continue", "content-encoding: br", length, body=body),
                415,
            ),
            ("trailers", sent("transfer-encoding: chunked", body=chunked), 400),
            ("upgrades", sent(*upgrade, method="GET", body=b""), 501),
            ("upgrades", sent(*upgrade, length, body=body), 501),
            ("models", sent(length, path="/v1/chat/completions/", body=body), 501),
            ("models", sent(length, path="/v1//chat/completions", body=body), 501),
            ("models", sent(length, path="/v1/chat%2Fcompletions", body=body), 501),
        ):
            answered = await caller.raw(data, at)
            assert f"HTTP/1.1 {status}".encode() in answered, (data, answered)
        assert nobody_got_it(caller)


def _has_gone(caller: Proxied) -> bool:
    """Whether a caller who has gone was counted."""
    series = [key for key, _ in caller.metrics.sheet().series]
    return ("epol_requests_total", "openai.chat", "499", "") in series


@needed
@in_loop
async def test_bodies_and_requests_have_limits(proxy: Envoy) -> None:
    limits = Limits(body=2000, answer=2000, requests=1, body_seconds=0.3)
    body = json.dumps(chat("x" * 3000)).encode()
    async with proxied(proxy, hangs, settings=Settings(limits=limits)) as caller:
        assert (await caller.post(body)).status == 413
        chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        answered = await caller.raw(sent("transfer-encoding: chunked", body=chunked))
        assert answered.startswith(b"HTTP/1.1 413")
        slow = await caller.raw(sent("content-length: 10", body=b"{"))
        assert slow.startswith(b"HTTP/1.1 408")
        assert nobody_got_it(caller)
        waiting = asyncio.create_task(caller.post(chat("hi", **EASY)))
        while not caller.ward.got:
            await asyncio.sleep(0.005)
        assert (await caller.post(chat("hi"))).status == 503
        waiting.cancel()
        while not caller.ward.dropped or not _has_gone(caller):
            await asyncio.sleep(0.005)
    async with proxied(proxy, fails(200, body), settings=Settings(limits=limits)) as caller:
        large = await caller.post(chat("hi", **EASY))
        assert large.headers["x-epol-attempts"] == "ward=too-large"


@needed
@in_loop
async def test_a_refused_stream_ends_before_what_it_is_refused_for(proxy: Envoy) -> None:
    async def goes_on(got: Got, writer: Writer) -> None:
        begin_stream(writer)
        records = [f"MRN 0048291{n} " for n in range(5)]
        for each in events(*records, *["and more " * 500] * 20):
            put(writer, each)
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    async with proxied(proxy, goes_on) as caller:
        got = await caller.post(chat("hi", stream=True, **EASY))
        assert b"answers" in got.body
        assert b"00482912" not in got.body
        assert b"and more" not in got.body


@needed
@in_loop
async def test_a_retry_goes_to_no_other_target(proxy: Envoy) -> None:
    async with proxied(proxy, fails(503)) as caller:
        assert (await caller.post(chat(MRN, **EASY))).status == 502
        assert not caller.azure.got
        # What the page warns of: one cluster with two targets.
        assert (await caller.post(chat(MRN, **EASY), at="aggregate")).status == 200
        assert SECRET in caller.azure.got[0].body.decode()


def test_nobody_else_decides_for_a_proxy_unless_it_is_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "p.epolb"
    policy.write_bytes(bundle())
    for listen, words in (
        ("0.0.0.0:0", "anybody who reaches 0.0.0.0"),
        ("unix:epol.sock", "begins with /"),
        ("8080", "unix:/path or host:port"),
        ("127.0.0.1:70000", "unix:/path or host:port"),
        (f"unix:{tmp_path}/none/epol.sock", "nothing can listen there"),
    ):
        assert command(policy, None, listen=listen, environment={}) == 2
        assert words in capfd.readouterr().err


@needed
@in_loop
async def test_logs_say_nothing_of_what_was_said(
    proxy: Envoy, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "epol"):
        async with proxied(proxy, streams_echo, fails(500, SECRET.encode())) as caller:
            await caller.post(chat(MRN, stream=True, **EASY))
            await caller.post(chat(MRN, **HARD))
            await caller.post(b"{" + SECRET.encode())
            await caller.post(chat(MRN), at="request-STREAMED")
    assert "request_body_mode" in caplog.text
    assert SECRET not in caplog.text
