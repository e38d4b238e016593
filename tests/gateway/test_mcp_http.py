"""MCP over HTTP: sessions, callers, and servers that do not answer as they should."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from epol.gateway.callers import ANYBODY
from epol.gateway.host import Host
from epol.gateway.mcp.http import McpGateway
from epol.gateway.mcp.sessions import Session, Sessions
from epol.gateway.settings import Caller, Limits, Mcp, Settings
from tests.gateway.answered import Answered
from tests.gateway.hosting import Asked
from tests.gateway.mcp_policy import RECORD, answer, bundle_file, call, notification, request, text
from tests.gateway.running import in_loop
from tests.gateway.targets import Behaviour, FakeTarget, Got, Writer, fails, targets, write

KEYS = {"WARD_KEY": "key-of-the-ward-1", "LAB_KEY": "key-of-the-lab-12", "UP_KEY": "key-upstream"}
WARD, LAB = ({"authorization": f"Bearer {KEYS[key]}"} for key in ("WARD_KEY", "LAB_KEY"))
SETTINGS = Settings(mcp=Mcp(target="cloud", at="local"), limits=Limits(body=2000, answer=2000))


async def serves(got: Got, writer: Writer) -> None:
    """A server that names its session and says what it was told."""
    if got.path != "/mcp" or not got.body:
        write(writer, 405, b"")
        return
    message = got.json
    if "id" not in message:
        write(writer, 202, b"")
        return
    said = json.dumps(message.get("params"))
    body = json.dumps(answer({"content": [text(f"{said} {RECORD}")]}, message["id"])).encode()
    write(writer, 200, body, "mcp-session-id: the-servers-own")


class Client:
    """A client of a gateway, by ASGI."""

    def __init__(self, gateway: McpGateway) -> None:
        self.gateway = gateway

    async def post(
        self, message: object, headers: Mapping[str, str] | None = None, path: str = "/mcp"
    ) -> Answered:
        """Send a message."""
        return await Asked(message, path, headers).of(self.gateway)

    async def other(self, method: str, headers: Mapping[str, str] | None = None) -> Answered:
        """Ask in another way."""
        return await Asked(b"", "/mcp", headers, method=method).of(self.gateway)


@asynccontextmanager
async def client(
    folder: Path, url: str, settings: Settings = SETTINGS, key: str | None = None
) -> AsyncGenerator[Client]:
    """A gateway before a server at an address."""
    gateway = McpGateway(Host(bundle_file(folder), settings, KEYS), "cloud", url, key)
    await gateway.start()
    try:
        yield Client(gateway)
    finally:
        await gateway.stop()


def url_of(target: FakeTarget) -> str:
    """Where a server is."""
    return target.url.removesuffix("/v1") + "/mcp"


@in_loop
async def test_sessions_have_names_of_the_gateway_and_belong_to_their_callers(
    tmp_path: Path,
) -> None:
    callers = {"ward": Caller("WARD_KEY"), "lab": Caller("LAB_KEY")}
    settings = Settings(mcp=SETTINGS.mcp, callers=callers)
    async with (
        targets(serves) as [server],
        client(tmp_path, url_of(server), settings, KEYS["UP_KEY"]) as it,
    ):
        assert (await it.post(request("ping"))).status == 401
        first = await it.post(call("find", 1, record="x"), WARD)
        name = first.headers["mcp-session-id"]
        assert name != "the-servers-own"
        assert first.json["id"] == 1
        assert RECORD not in first.body.decode()
        named = {"mcp-session-id": name, "mcp-protocol-version": "2025-11-25"}
        assert (await it.post(call("find", 2), {**WARD, **named})).status == 200
        assert server.got[-1].headers["mcp-session-id"] == "the-servers-own"
        assert server.got[-1].headers["mcp-protocol-version"] == "2025-11-25"
        assert server.got[-1].headers["authorization"] == "Bearer key-upstream"
        for headers in (LAB, {"mcp-session-id": "guessed", **WARD}):
            assert (await it.post(call("find", 3), {**named, **headers})).status == 404
        told = notification("notifications/initialized", {})
        assert (await it.post(told, {**WARD, **named})).status == 202
        assert (await it.other("DELETE", {**WARD, **named})).status == 405
        assert (await it.post(call("find", 4), {**WARD, **named})).status == 404


@in_loop
async def test_what_the_gateway_does_not_take(tmp_path: Path) -> None:
    async with targets(serves) as [server], client(tmp_path, url_of(server)) as it:
        web = {"origin": "https://evil.example"}
        assert (await it.post(request("ping"), web)).status == 403
        assert (await it.post(request("ping"), {"origin": "null"})).status == 403
        assert (await it.post(request("ping"), {"origin": "http://localhost:1"})).status == 200
        assert (await it.post(request("ping"), {"content-encoding": "gzip"})).status == 415
        assert (await it.post(call("find", text="x" * 2001))).status == 413
        assert (await it.post(request("ping"), path="/v1/chat/completions")).status == 404
        assert (await it.other("PUT")).status == 404
        batch = await it.post([request("ping")])
        assert (batch.status, batch.json["error"]["code"]) == (400, -32600)
        unknown = await it.post(request("tools/run"))
        assert (unknown.status, unknown.json["error"]["code"]) == (200, -32601)
        assert (await it.post(notification("notifications/other", {}))).status == 202
        assert (await it.other("GET")).status == 405
        assert len(server.got) == 2, "one ping, and GET"


def breaking(*lines: bytes) -> Behaviour:
    """A server that writes something and closes the connection."""

    async def behave(got: Got, writer: Writer) -> None:
        writer.write(b"".join(lines))
        await writer.drain()
        writer.close()

    return behave


HEAD = b"HTTP/1.1 200 X\r\ncontent-type: "


@in_loop
@pytest.mark.parametrize(
    "behaviour",
    [
        fails(500, b"MRN 00482913"),
        fails(302, b"", "location: http://127.0.0.1:9/"),
        fails(200, b"MRN 00482913"),
        fails(200, b""),
        fails(200, b'{"jsonrpc":"2.0","id":77,"result":{"x":"MRN 00482913"}}'),
        fails(200, b'{"jsonrpc":"2.0","method":"ping","id":1}'),
        fails(200, b"x" * 2001),
        fails(200, b"{}", "content-encoding: gzip"),
        breaking(),
        breaking(HEAD, b"application/json\r\ncontent-length: 100\r\n\r\n{"),
    ],
)
async def test_a_server_that_does_not_answer_is_an_error_of_the_request(
    tmp_path: Path, behaviour: Behaviour
) -> None:
    async with targets(behaviour) as [server], client(tmp_path, url_of(server)) as it:
        got = await it.post(call("find", "my-id", record="x"))
        assert got.status == 200
        assert got.json["id"] == "my-id"
        assert got.json["error"]["message"] == "the server does not answer"
        told = notification("notifications/initialized", {})
        assert (await it.post(told)).status in (200, 202, 502)
        assert b"0048" not in got.body


@in_loop
async def test_a_stream_is_treated_message_by_message(tmp_path: Path) -> None:
    asked: list[Any] = []

    async def streams(got: Got, writer: Writer) -> None:
        message = got.json
        asked.append(message)
        if message.get("method") != "tools/call":
            write(writer, 202, b"")
            return
        said: list[object] = [
            notification("notifications/message", {"level": "info", "data": f"at {RECORD}"}),
            notification("notifications/unknown", {"data": RECORD}),
            request("tools/call", {"name": "x"}, 5),
            answer({"content": [text(RECORD)]}, message["id"]),
        ]
        events = b"".join(b"id: 1\ndata: " + json.dumps(m).encode() + b"\n\n" for m in said)
        writer.write(HEAD + b"text/event-stream; charset=utf-8\r\nconnection: close\r\n\r\n")
        writer.write(b": MRN 00482913\n\nevent: x\ndata: no json MRN 00482913\n\n" + events)
        await writer.drain()
        writer.close()

    async with targets(streams) as [server], client(tmp_path, url_of(server)) as it:
        got = await it.post(call("find", 8))
        assert got.headers["content-type"] == "text/event-stream"
        assert b"0048" not in got.body
        lines = [line for line in got.body.decode().splitlines() if line.startswith("data: ")]
        messages = [json.loads(line.removeprefix("data: ")) for line in lines]
        assert [each.get("method", each.get("id")) for each in messages] == [
            "notifications/message",
            8,
        ]
        assert asked[1]["error"]["code"] == -32601, "the server may not ask this"


@in_loop
async def test_a_stream_without_the_answer_ends_with_an_error(tmp_path: Path) -> None:
    async with (
        targets(breaking(HEAD, b"text/event-stream\r\n\r\n: x\n\n")) as [server],
        client(tmp_path, url_of(server)) as it,
    ):
        got = await it.post(call("find", 8))
        [line] = [each for each in got.body.decode().splitlines() if each.startswith("data: ")]
        told = json.loads(line.removeprefix("data: "))
        assert told["id"] == 8
        assert told["error"]["message"] == "the server does not answer"
        assert len(server.got) == 1, "what a tool does, it does once"


def test_the_session_that_was_silent_for_longest_is_forgotten() -> None:
    sessions = Sessions(most=2)
    made = [Session(None, ANYBODY, name) for name in "abc"]  # type: ignore[arg-type]
    for each in made[:2]:
        sessions.keep(each)
    assert sessions.of({"mcp-session-id": "a"}, ANYBODY) is made[0]
    sessions.keep(made[2])
    assert sessions.of({"mcp-session-id": "a"}, ANYBODY) is made[0]
    with pytest.raises(Exception, match="no such session"):
        sessions.of({"mcp-session-id": "b"}, ANYBODY)
