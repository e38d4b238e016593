"""What comes before LiteLLM's proxy, alone: which requests reach it, and as what."""

from __future__ import annotations

import asyncio
import json

import pytest

from epol.gateway.admin import Admin
from epol.gateway.asgi import Message, Receive, Scope, Send, respond
from epol.gateway.holds import Holds
from epol.gateway.litellm.gate import SERVED, App, Gate
from epol.gateway.litellm.refusals import TOLD
from epol.gateway.settings import Limits

OPERATOR = "the-key-of-the-operator"


async def repeats(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that answers with the body that it got."""
    message = await receive()
    await respond(send, 200, message["body"], {})


@pytest.fixture(scope="module")
def holds(tmp_path_factory: pytest.TempPathFactory) -> Holds:
    """Where requests wait."""
    return Holds(tmp_path_factory.mktemp("gate") / "holds", 60)


async def _none() -> bytes:
    return b""


def ask(
    holds: Holds,
    path: str,
    method: str = "POST",
    body: bytes = b"{}",
    *headers: tuple[bytes, bytes],
    kind: str = "http",
    root: str = "",
    app: App = repeats,
) -> list[Message]:
    """What is sent to whoever asks the gate."""
    limits = Limits(body=100)
    admin = Admin(holds, OPERATOR, _none)
    gate = Gate(app, limits, lambda: ["x-tenant"], admin)
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": kind,
        "path": path,
        "root_path": root,
        "method": method,
        "headers": list(headers),
    }
    asyncio.run(gate(scope, receive, send))
    assert gate.busy == 0
    return sent


def status(sent: list[Message]) -> int:
    """The status of an answer."""
    found: int = sent[0]["status"]
    return found


@pytest.mark.parametrize("path", sorted(SERVED))
def test_what_is_served_reaches_the_proxy_with_its_body(holds: Holds, path: str) -> None:
    sent = ask(holds, path, "POST", b'{"a": 1}')
    assert (status(sent), sent[1]["body"]) == (200, b'{"a": 1}')
    assert status(ask(holds, f"/here{path}", root="/here")) == 200
    assert status(ask(holds, path, "GET")) == 405


@pytest.mark.parametrize(
    "path",
    [
        *(f"{path}/" for path in sorted(SERVED)),
        *(f"/{path}" for path in sorted(SERVED)),
        *(path.upper() for path in sorted(SERVED)),
        *("/v1/completions", "/anthropic/v1/messages", "/v1/files", "/config/update", ""),
        *("/v1/chat/completions/../x", "/key", "/keys/x"),
    ],
)
def test_everything_else_is_shut(holds: Holds, path: str) -> None:
    for method in ("POST", "PUT", "GET", "DELETE"):
        sent = ask(holds, path, method)
        assert status(sent) == 501
        assert json.loads(sent[1]["body"])["error"]["code"] == "unknown-endpoint"


def test_models_may_be_listed_and_not_changed(holds: Holds) -> None:
    assert status(ask(holds, "/v1/models", "GET")) == 200
    assert status(ask(holds, "/v1/models", "POST")) == 501


def test_administration_is_the_proxys(holds: Holds) -> None:
    for path in ("/key/generate", "/health/liveliness", "/spend/logs"):
        assert status(ask(holds, path)) == 200


def test_sockets_are_closed(holds: Holds) -> None:
    [sent] = ask(holds, "/v1/realtime", kind="websocket")
    assert (sent["type"], sent["code"]) == ("websocket.close", 1008)


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        (b"x" * 101, [], 413),
        (b"x", [(b"content-length", b"101")], 413),
        (b"x", [(b"content-encoding", b"gzip")], 415),
        (b"x", [(b"authorization", b"a"), (b"authorization", b"b")], 400),
        (b"x", [(b"x-tenant", b"a"), (b"x-tenant", b"b")], 400),
    ],
)
def test_a_body_that_is_not_read_reaches_nobody(
    holds: Holds, body: bytes, headers: list[tuple[bytes, bytes]], expected: int
) -> None:
    assert status(ask(holds, "/v1/chat/completions", "POST", body, *headers)) == expected


def test_holds_are_for_the_operator(holds: Holds) -> None:
    assert status(ask(holds, "/epol/holds", "GET")) == 401
    key = (b"authorization", f"Bearer {OPERATOR}".encode())
    assert status(ask(holds, "/epol/holds", "GET", b"", key)) == 200


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])
def test_an_error_after_a_model_was_asked_is_epols(holds: Holds, path: str) -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        TOLD.get().was_sent = True
        await respond(send, 500, b"the model's words", {})

    sent = ask(holds, path, app=fails)
    assert status(sent) == 502
    error = json.loads(sent[1]["body"])["error"]
    assert error["code"] == "no-target-answered"
    assert error["type"] == ("api_error" if path.endswith("messages") else "server_error")
    assert len(sent) == 2


def test_an_error_before_is_the_proxys(holds: Holds) -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        await respond(send, 429, b"too many", {})

    sent = ask(holds, "/v1/chat/completions", app=fails)
    assert (status(sent), sent[1]["body"]) == (429, b"too many")


def test_no_header_of_a_models_goes_on(holds: Holds) -> None:
    async def tells(scope: Scope, receive: Receive, send: Send) -> None:
        TOLD.get().headers = lambda: {"x-epol-target": "ward"}
        said = {"LLM_Provider-x-note": "a", "x-epol-target": "b", "x-litellm-version": "c"}
        await respond(send, 200, b"", said)

    headers = dict(ask(holds, "/v1/chat/completions", app=tells)[0]["headers"])
    assert headers[b"x-epol-target"] == b"ward"
    assert b"LLM_Provider-x-note" not in headers
    assert headers[b"x-litellm-version"] == b"c"
