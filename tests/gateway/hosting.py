"""Apps behind the middleware, and a caller that speaks ASGI."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from epol.gateway.asgi import Message, Receive, Scope, Send
from epol.gateway.middleware import App, EpolMiddleware
from tests.gateway.answered import Answered
from tests.gateway.running import CHAT, bundle
from tests.gateway.targets import chat_answer
from tests.gateway.test_serving import events

EVENTS = "text/event-stream"
Fields = Sequence[tuple[bytes, bytes]]


def policy_file(folder: Path, more: str = "") -> Path:
    """The bundle of the policy of these tests, as a file."""
    path = folder / "gate.epolb"
    path.write_bytes(bundle(more))
    return path


async def body_of(receive: Receive) -> bytes:
    """What an app reads of a request."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        assert message["type"] == "http.request"
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def answer(
    send: Send, body: bytes, status: int = 200, kind: str = "application/json", more: Fields = ()
) -> None:
    """What an app answers, whole."""
    length = (b"content-length", str(len(body)).encode())
    headers = [(b"content-type", kind.encode()), length, *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Echo:
    """An app that says the last message again, whole or as a stream, and keeps what it saw."""

    def __init__(self) -> None:
        self.seen: list[tuple[Scope, bytes]] = []

    @property
    def said(self) -> str:
        """The last message that it saw."""
        found: str = json.loads(self.seen[-1][1])["messages"][-1]["content"]
        return found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        body = await body_of(receive)
        self.seen.append((scope, body))
        if not json.loads(body).get("stream"):
            await answer(send, chat_answer(self.said))
            return
        pieces = [self.said[at : at + 3] for at in range(0, len(self.said), 3)]
        await stream(send, events(*pieces))


async def stream(send: Send, chunks: Iterable[bytes]) -> None:
    """What an app streams."""
    headers = [(b"content-type", EVENTS.encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for chunk in chunks:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


class Asked:
    """One request over ASGI, as a server would hand it on, and all that comes back."""

    def __init__(
        self,
        body: object,
        path: str = CHAT,
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "POST",
        kind: str = "http",
        **scope: object,
    ) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"content-type": "application/json", "content-length": str(len(data))}
        fields = {**given, **(headers or {})}
        self.scope: Scope = {
            "type": kind,
            "method": method,
            "path": path,
            "query_string": b"",
            "headers": [(k.encode(), v.encode()) for k, v in fields.items()],
            **scope,
        }
        self.incoming: list[Message] = [{"type": "http.request", "body": data, "more_body": False}]
        self.sent: list[Message] = []
        self.is_gone = asyncio.Event()

    async def receive(self) -> Message:
        """ASGI: what the caller sends, and in the end that it has gone."""
        if self.incoming:
            return self.incoming.pop(0)
        await self.is_gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """ASGI."""
        self.sent.append(message)

    async def of(self, app: App) -> Answered:
        """Ask an app."""
        await app(self.scope, self.receive, self.send)
        return self.answered

    @property
    def answered(self) -> Answered:
        """What came back."""
        start, *parts = self.sent
        assert start["type"] == "http.response.start"
        assert all(each["type"] == "http.response.body" for each in parts)
        assert [each.get("more_body", False) for each in parts] == [True] * (len(parts) - 1) + [
            False
        ]
        pairs = cast(list[tuple[bytes, bytes]], start["headers"])
        headers = {name.decode(): value.decode() for name, value in pairs}
        body = b"".join(each.get("body", b"") for each in parts)
        assert len(body) == int(headers.get("content-length", len(body)))
        return Answered(start["status"], headers, body)


def guarded(app: App, folder: Path, more: str = "", **options: Any) -> EpolMiddleware:  # noqa: ANN401
    """An app behind the policy of these tests."""
    return EpolMiddleware(app, policy_file(folder, more), **options)
