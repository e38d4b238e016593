"""The threat model of docs/threat-model.md: one test for each row of the gateway, by name."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import os
import ssl
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from epol.gateway.live.page import ROOT
from epol.gateway.serve import serve
from epol.gateway.settings import Caller as Known
from epol.gateway.settings import Limits, Settings, SettingsError, Times
from epol.gateway.state import shared_state
from tests.gateway.certificates import certificate
from tests.gateway.running import MRN, bundle, chat, environment, gateway, in_loop
from tests.gateway.targets import (
    FakeTarget,
    Got,
    Writer,
    begin_stream,
    chat_answer,
    echo,
    fails,
    hangs,
    put,
    targets,
    write,
)
from tests.gateway.test_serving import events, raw

HARD = {"max_tokens": 2000}
"""Sends a request to the cloud first."""
EASY = {"max_tokens": 50}
OPERATOR = "key-of-the-operator"
NOWHERE = "http://127.0.0.1:9/v1"
KEYS = {"WARD_KEY": "key-of-the-ward-1", "LAB_KEY": "key-of-the-lab-12"}
WARD, LAB = ({"authorization": f"Bearer {key}"} for key in KEYS.values())
CALLERS = {
    "ward": Known("WARD_KEY", {"caller.tenant": "ward", "trial": False}),
    "lab": Known("LAB_KEY", {"caller.tenant": "lab"}),
}
TRIAL = "attr trial : bool default false\n"
TENANTS = (
    TRIAL
    + """
rule tenant { when caller.tenant == "lab"  deny  because "not the lab" }
rule tried { when trial  deny  because "a trial" }
"""
)


def head(*lines: str, method: str = "POST", path: str = "/v1/chat/completions") -> bytes:
    """The bytes of a request's head."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "host: x", *lines, "", ""]).encode()


@in_loop
async def test_nobody_calls_without_a_key() -> None:
    settings = Settings(callers=CALLERS)
    async with (
        targets(echo) as [ward],
        gateway(ward.url, ward.url, settings, TENANTS, **KEYS) as caller,
    ):
        for headers in (
            {},
            {"authorization": "Bearer"},
            {"authorization": "Bearer key-of-the-ward-"},
            {"authorization": "Basic key-of-the-ward-1"},
            {"x-api-key": ""},
            {"authorization": "Bearer guessed", "x-api-key": KEYS["WARD_KEY"]},
        ):
            assert (await caller.post(chat("x"), headers=headers)).status == 401
        early = await raw(caller, head("content-length: 1000000", "connection: close"))
        assert early.startswith(b"HTTP/1.1 401"), "before its body is read"
        assert not ward.got
        assert (await caller.post(chat("x"), headers=WARD)).status == 200


@in_loop
async def test_no_header_makes_a_caller_another() -> None:
    settings = Settings(callers=CALLERS, headers={"x-trial": "trial"})
    async with (
        targets(echo) as [ward],
        gateway(ward.url, ward.url, settings, TENANTS, **KEYS) as caller,
    ):
        spoofed = {"caller.tenant": "ward", "x-caller-tenant": "ward", "x-tenant": "ward"}
        answered = await caller.post(chat("x"), headers={**LAB, **spoofed})
        assert answered.json["error"]["reasons"][0]["because"] == "not the lab"
        assert not ward.got
        stays = await caller.post(chat("x"), headers={**WARD, "x-trial": "true"})
        assert stays.status == 200, "what goes with the key counts"
    with pytest.raises(SettingsError, match="of themselves"):
        shared_state(
            bundle(TENANTS),
            Settings(callers=CALLERS, headers={"x-tenant": "caller.tenant"}),
            {**environment(NOWHERE, NOWHERE), **KEYS},
        )


@in_loop
async def test_a_header_that_counts_is_there_once() -> None:
    settings = Settings(headers={"x-trial": "trial"})
    async with targets(echo) as [ward], gateway(ward.url, ward.url, settings, TRIAL) as caller:
        for lines in (
            ("x-trial: false", "X-Trial: true"),
            ("authorization: Bearer a", "authorization: Bearer b"),
            ("x-epol-session: a", "x-epol-session: b"),
            ("content-encoding: identity", "content-encoding: gzip"),
        ):
            sent = head(*lines, "content-length: 2", "connection: close") + b"{}"
            answered = await raw(caller, sent)
            assert answered.startswith(b"HTTP/1.1 400"), lines
            assert b"is there twice" in answered
        assert not ward.got


@in_loop
async def test_a_session_is_its_callers_alone() -> None:
    settings = Settings(callers=CALLERS)
    async with (
        targets(echo, echo) as (ward, azure),
        gateway(ward.url, azure.url, settings, TRIAL, **KEYS) as caller,
    ):
        sent = {"x-epol-session": "one"}
        assert (await caller.post(chat(MRN, **HARD), headers={**WARD, **sent})).text == MRN
        token = azure.got[0].json["messages"][0]["content"]
        assert token != MRN
        for session in ("one", "ward one"[:4], "ward:one", "../ward/one"):
            stolen = await caller.post(
                chat(token, **HARD), headers={**LAB, "x-epol-session": session}
            )
            assert stolen.text == token
        assert (
            await caller.post(chat("x"), headers={**LAB, "x-epol-session": "ward one"})
        ).status == 400


@in_loop
async def test_keys_and_headers_of_callers_stay_here() -> None:
    mine = {
        **WARD,
        "cookie": "c=1",
        "x-forwarded-for": "10.0.0.1",
        "openai-organization": "mine",
        "anthropic-beta": "mine",
        "x-secret": "mine",
    }
    settings = Settings(callers=CALLERS)
    async with (
        targets(echo, echo) as (ward, azure),
        gateway(ward.url, azure.url, settings, TENANTS, **KEYS) as caller,
    ):
        for more in (EASY, HARD):
            assert (await caller.post(chat("x", **more), headers=mine)).status == 200
        own = {"host", "content-type", "accept", "accept-encoding", "user-agent", "content-length"}
        assert set(ward.got[0].headers) == own
        assert set(azure.got[0].headers) == {*own, "authorization"}
        assert azure.got[0].headers["authorization"] == "Bearer key-of-azure"


@in_loop
async def test_packed_bodies_are_refused() -> None:
    bomb = gzip.compress(json.dumps(chat("x" * 10_000_000)).encode())
    async with targets(echo) as [ward], gateway(ward.url, ward.url) as caller:
        for encoding in ("gzip", "deflate", "br", "zstd", "identity, gzip", "made-up", "GZIP"):
            answered = await caller.post(bomb, headers={"content-encoding": encoding})
            assert answered.status == 415, encoding
            assert answered.json["error"]["code"] == "content-encoding"
        assert (await caller.post(bomb)).status == 400, "nobody guesses that it is packed"
        unread = head("content-encoding: gzip", "content-length: 99999", "connection: close")
        assert (await raw(caller, unread)).startswith(b"HTTP/1.1 415"), "before it is read"
        inner = head("transfer-encoding: gzip, chunked", "connection: close")
        inner += f"{len(bomb):x}\r\n".encode() + bomb + b"\r\n0\r\n\r\n"
        assert (await raw(caller, inner)).startswith(b"HTTP/1.1 400")
        assert not ward.got


@in_loop
async def test_conflicting_lengths_are_refused() -> None:
    smuggled = b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n"
    both = ("content-length: 5", "transfer-encoding: chunked")
    async with targets(echo) as [ward], gateway(ward.url, ward.url) as caller:
        for lines, body in (
            (both, b"0\r\n\r\n"),
            (both[::-1], b"0\r\n\r\n"),
            (("content-length: 2", "content-length: 40"), b"{}"),
            (("content-length: 2, 40",), b"{}"),
            (("content-length: +2",), b"{}"),
            (("content-length: -2",), b"{}"),
            (("content-length: 0x2",), b"{}"),
            (("content-length : 2",), b"{}"),
            (("transfer-encoding: chunked",), b"zz\r\n{}\r\n0\r\n\r\n"),
            (("transfer-encoding: chunked, identity",), b"0\r\n\r\n"),
            (("transfer-encoding: xchunked",), b"0\r\n\r\n"),
        ):
            answered = await raw(caller, head(*lines) + body + smuggled)
            assert answered.startswith(b"HTTP/1.1 400"), lines
            assert answered.count(b"HTTP/1.1") == 1, "what stands behind it is not served"
        assert not ward.got


@in_loop
async def test_slow_callers_are_cut_off() -> None:
    limits = Limits(header_seconds=0.3, body_seconds=0.3, read_seconds=0.3)

    is_over = asyncio.Event()

    async def endless(got: Got, writer: Writer) -> None:
        begin_stream(writer)
        try:
            while True:
                put(writer, events("again " * 1000)[1])
                await writer.drain()
        finally:
            is_over.set()

    async with (
        targets(endless) as [ward],
        gateway(ward.url, ward.url, Settings(limits=limits)) as caller,
    ):
        assert await raw(caller, b"POST /v1/chat/completions HTTP/1.1\r\nx: ") == b""
        slow = head("content-length: 9", "connection: close") + b"{"
        assert (await raw(caller, slow)).startswith(b"HTTP/1.1 408")
        assert not ward.got
        body = json.dumps(chat("x", stream=True)).encode()
        _, writer = await asyncio.open_connection("127.0.0.1", caller.port, limit=1024)
        writer.write(head(f"content-length: {len(body)}") + body)
        await is_over.wait()
        writer.close()


@in_loop
async def test_no_caller_takes_more_than_the_limits() -> None:
    limits = Limits(body=1000, header=2000, requests=1)
    async with (
        targets(hangs) as [ward],
        gateway(ward.url, ward.url, Settings(limits=limits)) as caller,
    ):
        assert (await caller.post(b"x" * 1001)).status == 413
        declared = head("content-length: 99999999999999999999", "connection: close")
        assert (await raw(caller, declared))[9:12] in (b"400", b"413")
        chunked = head("transfer-encoding: chunked", "connection: close")
        chunked += b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n"
        assert (await raw(caller, chunked))[9:12] == b"413"
        assert (await raw(caller, head("x: " + "y" * 3000))).startswith(b"HTTP/1.1 400")
        many = head(*(f"x-{n}: y" for n in range(1000)))
        assert (await raw(caller, many)).startswith(b"HTTP/1.1 400")
        assert (await caller.post(b"[" * 900)).status == 400
        assert not ward.got
        busy = asyncio.create_task(caller.post(chat("x")))
        while not ward.got:
            await asyncio.sleep(0.01)
        assert (await caller.post(chat("x"))).status == 503
        busy.cancel()


@in_loop
async def test_redirects_are_not_followed() -> None:
    async with targets(echo, echo, echo) as (ward, azure, stranger):
        async with gateway(ward.url, azure.url) as caller:
            for status in (301, 302, 303, 307, 308):
                azure.behaviour = fails(status, b"{}", f"location: {stranger.url}/x")
                answered = await caller.post(chat(MRN, **HARD))
                attempts = answered.headers["x-epol-attempts"]
                assert attempts in (f"azure={status} ward=200", "azure=down ward=200")
                assert "location" not in answered.headers
        assert azure.got
        assert not stranger.got


@in_loop
async def test_no_request_chooses_where_it_goes() -> None:
    async with targets(echo, echo) as (ward, stranger):
        url = f"http://127.0.0.1:{stranger.port}"
        async with gateway(ward.url, ward.url) as caller:
            places = {"base_url": url, "api_base": url, "url": url, "model": f"{url}/large"}
            headers = {"host": f"127.0.0.1:{stranger.port}", "x-forwarded-host": url, "x-url": url}
            image = {"type": "image_url", "image_url": {"url": f"{url}/image.png"}}
            parts = [{"type": "text", "text": url}, image]
            body = {**chat("x"), **places, "messages": [{"role": "user", "content": parts}]}

            async def says_x(got: Got, writer: Writer) -> None:
                write(writer, 200, chat_answer("x"))

            ward.behaviour = says_x
            path = f"/v1/chat/completions?url={url}&base_url={url}"
            assert (await caller.post(body, path, headers)).status in (200, 403)
            sent = json.dumps(chat("x")).encode()
            absolute = f"{url}/v1/chat/completions"
            lines = (f"content-length: {len(sent)}", "connection: close")
            answered = await raw(caller, head(*lines, path=absolute) + sent)
            assert answered[9:12] in (b"200", b"501")
            for odd in ("/v1/chat/completions/../files", f"/{url}", "//v1/chat/completions"):
                assert (await raw(caller, head("connection: close", path=odd)))[9:12] == b"501"
            connect = head(method="CONNECT", path=f"127.0.0.1:{stranger.port}")
            tunnel = asyncio.create_task(raw(caller, connect))
            await asyncio.wait({tunnel}, timeout=1)
            tunnel.cancel()
        assert not stranger.got


@in_loop
async def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with targets(echo, echo) as (ward, stranger):
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{stranger.port}")
        async with gateway(ward.url, ward.url) as caller:
            assert (await caller.post(chat("x"))).text == "x"
        assert not stranger.got
        assert ward.got


_ASK = """
import asyncio, sys
from epol.gateway.transport import Transport, TransportError
async def ask(url):
    transport = Transport(3)
    try:
        return (await transport.post(url, {}, b"{}")).status
    except TransportError as error:
        return error.kind
    finally:
        await transport.close()
print(*[asyncio.run(ask(url)) for url in sys.argv[1:]])
"""


@in_loop
async def test_certificates_of_targets_are_checked(tmp_path: Path) -> None:
    made = certificate(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    azure = FakeTarget(fails(200))
    server = await asyncio.start_server(azure.serve, "127.0.0.1", 0, ssl=context)
    azure.port = server.sockets[0].getsockname()[1]
    async with targets(echo) as [ward]:
        async with gateway(ward.url, f"https://localhost:{azure.port}/v1") as caller:
            answered = await caller.post(chat(MRN, **HARD))
            assert answered.headers["x-epol-attempts"] == "azure=tls ward=200"
        assert not azure.got, "nobody vouches for it"
    asking = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _ASK,
        *(f"https://{name}:{azure.port}/v1" for name in ("localhost", "127.0.0.1")),
        env={**os.environ, "SSL_CERT_FILE": str(made.certificate)},
        stdout=subprocess.PIPE,
    )
    said, _ = await asking.communicate()
    assert said.decode().split() == ["200", "tls"], "the one who is vouched for, by its name only"
    server.close()


@in_loop
async def test_what_a_target_says_in_errors_is_treated() -> None:
    more = "rule clean { on response  redact phi }\n"
    said = json.dumps({"error": {"message": f"bad: {MRN}", "param": MRN}}).encode()
    async with (
        targets(echo, echo) as (ward, azure),
        gateway(ward.url, azure.url, more=more) as caller,
    ):
        for status in (400, 413, 422):
            azure.behaviour = fails(status, said, f"x-said: {MRN}", "set-cookie: a=1")
            answered = await caller.post(chat("x", **HARD))
            assert answered.status == status
            assert b"MRN" not in answered.body
            assert b"bad: " in answered.body
            assert not {"x-said", "set-cookie"} & {name.lower() for name in answered.headers}
        ward.behaviour = fails(500, said)
        for status in (401, 404, 500):
            azure.behaviour = fails(status, said)
            answered = await caller.post(chat("x", **HARD))
            assert answered.status == 502
            assert b"bad" not in answered.body


@in_loop
async def test_what_a_target_sends_has_limits() -> None:
    packed = zlib.compress(chat_answer("x" * 5_000_000))

    async def floods(got: Got, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200_000)

    async def no_http(got: Got, writer: Writer) -> None:
        writer.write(b"\x00\x01\x02\r\n\r\n")

    settings = Settings(limits=Limits(answer=10_000), times=Times(attempt=3))
    for behaviour, kinds in (
        (fails(200, chat_answer("x" * 10_000)), ("too-large",)),
        (fails(200, packed, "content-encoding: deflate"), ("encoded",)),
        (fails(200, packed), ("unreadable",)),
        (floods, ("no-http", "broken-off")),
        (no_http, ("no-http", "broken-off")),
    ):
        async with (
            targets(echo, behaviour) as (ward, azure),
            gateway(ward.url, azure.url, settings) as caller,
        ):
            answered = await caller.post(chat("x", **HARD))
            assert answered.text == "x"
            told = answered.headers["x-epol-attempts"]
            assert told in [f"azure={kind} ward=200" for kind in kinds]


@in_loop
async def test_no_answer_is_another_requests() -> None:
    other = chat_answer("somebody else's")

    async def twice(got: Got, writer: Writer) -> None:
        write(writer, 200, chat_answer(str(len(azure.got))))
        write(writer, 200, other)

    async with targets(echo, twice) as (ward, azure), gateway(ward.url, azure.url) as caller:
        for _ in range(5):
            answered = await caller.post(chat("x", **HARD))
            assert answered.text == str(len(azure.got))
        for lengths in (("content-length: 3",), ("transfer-encoding: chunked",)):
            azure.behaviour = fails(200, other, *lengths)
            answered = await caller.post(chat("mine", **HARD))
            assert answered.headers["x-epol-attempts"] == "azure=no-http ward=200"
            assert answered.text == "mine"


@in_loop
async def test_only_the_operator_sees_metrics_and_speaks_about_holds() -> None:
    settings = Settings(callers=CALLERS)
    keys = {**KEYS, "EPOL_ADMIN_KEY": OPERATOR}
    async with targets(echo) as [ward]:
        async with gateway(ward.url, ward.url, settings, TENANTS, **keys) as caller:
            for path in ("/epol/metrics", "/epol/holds", "/epol/holds/x/approve"):
                for headers in ({}, WARD, {"authorization": f"Basic {OPERATOR}"}):
                    assert (await caller.get(path, headers)).status == 401
                    assert (await caller.post(b"", path, headers)).status == 401
            operator = {"authorization": f"Bearer {OPERATOR}"}
            assert (await caller.get("/epol/metrics", operator)).status == 200
            assert (await caller.post(chat("x"), headers=operator)).status == 401
        async with gateway(ward.url, ward.url) as caller:
            for path in ("/epol/metrics", "/epol/holds"):
                assert (await caller.get(path, {"authorization": "Bearer "})).status == 501
    for key, says in ((KEYS["WARD_KEY"], "a caller has the operator's key"), ("short", "16")):
        with pytest.raises(SettingsError, match=says):
            shared_state(
                bundle(TENANTS),
                settings,
                {**environment(NOWHERE, NOWHERE), **KEYS, "EPOL_ADMIN_KEY": key},
            )


ADMIN = {"authorization": f"Bearer {OPERATOR}"}
PAGE_PATHS = ("about", "now")


@in_loop
async def test_only_the_operator_sees_the_page() -> None:
    settings = Settings(callers=CALLERS)
    keys = {**KEYS, "EPOL_ADMIN_KEY": OPERATOR}
    asked: dict[str, object] = {"text": "x", "given": {}}
    async with (
        targets(echo) as [ward],
        gateway(ward.url, ward.url, settings, TENANTS, **keys) as caller,
    ):
        made_up = {"cookie": f"epol_session={'x' * 43}"}
        for headers in ({}, WARD, made_up, {"cookie": f"epol_session={OPERATOR}"}):
            for path in PAGE_PATHS:
                assert (await caller.get(f"{ROOT}{path}", headers)).status == 401
                assert (await caller.get(f"{ROOT}{path}?key={OPERATOR}", headers)).status == 401
            sent = {**headers, "origin": caller.url}
            assert (await caller.post(asked, f"{ROOT}what-if", sent)).status == 401
            assert (await caller.post(b"", f"{ROOT}logout", sent)).status == 401
            assert b'id="key"' in (await caller.get(ROOT, headers)).body, "it leads to the form"
        for path in PAGE_PATHS:
            assert (await caller.get(f"{ROOT}{path}", ADMIN)).status == 200
        assert (await caller.post(asked, f"{ROOT}what-if", ADMIN)).status == 200


@in_loop
async def test_no_other_name_leads_to_the_page() -> None:
    settings = Settings(page_hosts=["Epol.clinic.example"])
    async with (
        targets(echo) as [ward],
        gateway(ward.url, ward.url, settings, EPOL_ADMIN_KEY=OPERATOR) as caller,
    ):
        for host, status in (
            ("attacker.example", 421),
            (f"attacker.example:{caller.port}", 421),
            ("localhost.attacker.example", 421),
            ("127.0.0.1.attacker.example", 421),
            ("", 421),
            ("[::1", 421),
            (f"localhost:{caller.port}", 200),
            (f"127.0.0.1:{caller.port}", 200),
            ("[::1]:80", 200),
            ("epol.clinic.example", 200),
        ):
            for path in ("login", "now", "main.js"):
                answered = await caller.get(f"{ROOT}{path}", {**ADMIN, "host": host})
                assert answered.status == status, host
            sent = {"host": host, "origin": f"http://{host}"}
            form = f"key={OPERATOR}".encode()
            url = f"{caller.url}{ROOT}login"
            async with caller.session.post(
                url, data=form, headers=sent, allow_redirects=False
            ) as got:
                assert got.status == (303 if status == 200 else 421)
                cookie = got.headers.get("set-cookie", "")
                assert ("Secure" in cookie) == (host == "epol.clinic.example")


@in_loop
async def test_a_page_of_another_site_does_nothing() -> None:
    async with (
        targets(echo) as [ward],
        gateway(ward.url, ward.url, EPOL_ADMIN_KEY=OPERATOR) as caller,
    ):
        form, url = f"key={OPERATOR}".encode(), f"{caller.url}{ROOT}login"
        here = {"origin": caller.url}
        async with caller.session.post(url, data=form, headers=here, allow_redirects=False) as got:
            cookie = {"cookie": got.headers["set-cookie"].split(";")[0]}
            assert "HttpOnly; SameSite=Strict" in got.headers["set-cookie"]
        caller.session.cookie_jar.clear()
        other_port = caller.url.replace(str(caller.port), "1")
        for origin in (
            {},
            {"origin": "null"},
            {"origin": "http://a.example"},
            {"origin": other_port},
        ):
            for path, body in (("login", form), ("what-if", b'{"text":"x"}'), ("logout", b"")):
                answered = await caller.post(body, f"{ROOT}{path}", {**cookie, **origin})
                assert answered.status == 403
        assert (await caller.get(f"{ROOT}now", cookie)).status == 200, "nobody has logged out"
        asked: dict[str, object] = {"text": "x", "given": {}}
        assert (await caller.post(asked, f"{ROOT}what-if", {**cookie, **here})).status == 200
        told = await caller.get(f"{ROOT}now", {**cookie, "origin": "http://a.example"})
        assert not [name for name in told.headers if name.lower().startswith("access-control")]
        assert told.headers["cross-origin-resource-policy"] == "same-origin"


@in_loop
async def test_nothing_on_the_page_is_markup_or_comes_from_elsewhere() -> None:
    """That text stays text is seen in a browser, in tests/gateway/live."""
    async with (
        targets(echo) as [ward],
        gateway(ward.url, ward.url, EPOL_ADMIN_KEY=OPERATOR) as caller,
    ):
        for path in ("", "login", "main.js", "page.css", "now"):
            answered = await caller.get(f"{ROOT}{path}", ADMIN)
            said = answered.headers["content-security-policy"].split("; ")
            assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= {*said}
            assert {"require-trusted-types-for 'script'", "trusted-types 'none'"} <= {*said}
            assert not [each for each in said if "unsafe" in each or "*" in each or "http" in each]
            assert answered.headers["x-content-type-options"] == "nosniff"
            assert answered.headers["cache-control"] == "no-store"


@in_loop
async def test_what_is_asked_in_what_if_stays_in_the_process(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Beside this, tests/gateway/live compares counts, decision log and vault."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("EPOL_LOG_KEY", "0123456789abcdef" * 4)
    settings = Settings(log=str(tmp_path / "log"))
    async with (
        targets(echo, echo) as (ward, azure),
        gateway(ward.url, azure.url, settings, EPOL_ADMIN_KEY=OPERATOR) as caller,
    ):
        asked = {"text": f"Quixano {MRN}", "given": {"request.max_output_tokens": 900}}
        answered = await caller.post(asked, f"{ROOT}what-if", ADMIN)
        assert answered.json["decision"]["target"] == "azure"
        metrics = await caller.get("/epol/metrics", ADMIN)
        assert b"epol_decisions_total{" not in metrics.body
        assert not (ward.got)
        assert not (azure.got)
        folders = (tmp_path, caller.shared.folder)
        kept = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        for path in kept:
            assert b"Quixano" not in path.read_bytes()
            assert b"00482913" not in path.read_bytes()
    assert "Quixano" not in caplog.text


@in_loop
async def test_the_page_holds_up_nobody() -> None:
    """Those who take nothing of it wait for themselves, and what it keeps has an end."""
    settings = Settings(limits=Limits(read_seconds=1.0))
    async with (
        targets(echo) as [ward],
        gateway(ward.url, ward.url, settings, EPOL_ADMIN_KEY=OPERATOR) as caller,
    ):
        asked = head(f"authorization: Bearer {OPERATOR}", method="GET", path=f"{ROOT}page.css")
        asked = asked.replace(b"host: x", b"host: localhost")
        idle = [await asyncio.open_connection("127.0.0.1", caller.port) for _ in range(5)]
        for _, writer in idle:
            writer.write(asked * 150)
        for _ in range(60):
            assert (await caller.post(chat("x"))).status == 200
        ticker = caller.gateway.ticker
        assert ticker is not None
        await ticker.tick(samples=True)
        told = (await caller.get(f"{ROOT}now", ADMIN)).json
        assert 0 < len(told["rows"]) <= 60
        assert sum(number for _, number in told["counts"]["epol_decisions_total"]) == 60
        text = "MRN 00482913 " * 2_000
        many = [caller.post({"text": text}, f"{ROOT}what-if", ADMIN) for _ in range(12)]
        statuses = {each.status for each in await asyncio.gather(*many)}
        assert statuses == {200, 503}, "a few at once"
        for _, writer in idle:
            writer.close()


def test_nobody_else_reaches_the_gateway_unless_it_is_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "policy.epolb"
    policy.write_bytes(bundle())
    assert Settings().host == "127.0.0.1"
    for host in ("0.0.0.0", "::", "192.0.2.1"):
        assert serve(policy, host=host, port=0, environment=environment(NOWHERE, NOWHERE)) == 2
        assert f"anybody who reaches {host} could call" in capfd.readouterr().err


@in_loop
async def test_an_approval_is_for_one_request_of_one_caller() -> None:
    keys = {**KEYS, "EPOL_ADMIN_KEY": OPERATOR}
    settings = Settings(callers={name: Known(said.key_env) for name, said in CALLERS.items()})
    body = chat("x", max_tokens=77)
    async with (
        targets(echo) as [ward],
        gateway(ward.url, ward.url, settings, **keys) as caller,
    ):
        held = (await caller.post(body, headers=WARD)).headers["x-epol-hold"]
        operator = {"authorization": f"Bearer {OPERATOR}"}
        approved = await caller.post(b"", f"/epol/holds/{held}/approve", operator)
        assert approved.status == 200
        assert (await caller.post(body, headers=LAB)).status == 409
        assert (await caller.post(chat("y", max_tokens=77), headers=WARD)).status == 409
        assert (await caller.post(body, headers=WARD)).status == 200
        assert (await caller.post(body, headers=WARD)).status == 409


@in_loop
async def test_logs_and_errors_say_nothing_of_what_was_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "qxzjvkqxzjvk"

    async def repeats(got: Got, writer: Writer) -> None:
        write(writer, 500, secret.encode(), f"x-said: {secret}")

    settings = Settings(headers={"x-trial": "trial"})
    async with targets(repeats) as [ward], gateway(ward.url, ward.url, settings, TRIAL) as caller:
        answers = [
            await caller.post(chat(secret)),
            await caller.post(secret.encode()),
            await caller.post(f'{{"{secret}":1,"{secret}":2}}'.encode()),
            await caller.post({"messages": secret}),
            await caller.post(chat(secret), headers={"x-trial": secret}),
            await caller.post(chat(secret), headers={"x-epol-session": f"{secret} {secret}"}),
            await caller.post(b"", f"/{secret}"),
        ]
        assert ward.got
        for answered in answers:
            assert answered.status >= 400
            told = answered.body + str(dict(answered.headers)).encode()
            assert secret.encode() not in told
    records = [each for each in caplog.records if each.name.startswith(("epol", "uvicorn"))]
    assert len(records) >= len(answers)
    assert secret not in "".join(f"{each.getMessage()} {each.exc_text}" for each in records)
