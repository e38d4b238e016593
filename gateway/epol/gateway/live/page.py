"""The live page at `/_epol/`: which of its addresses answers what, and to whom."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qs

import msgspec

from epol.gateway.asgi import Receive, Scope, Send, headers_of, read_body, respond
from epol.gateway.live import state, whatif
from epol.gateway.live.feed import Feed
from epol.gateway.live.files import HEADERS, assets
from epol.gateway.live.guard import Guard
from epol.gateway.metrics import Sheet
from epol.gateway.policies import Policies
from epol.gateway.problems import ProblemError
from epol.gateway.settings import Limits

ROOT = "/_epol/"
_ONCE = ("host", "origin", "cookie")
_LARGEST = 256 * 1024
"""Bytes of a body that a browser sends here; a prompt's limit in characters is smaller."""
_HIDDEN = b" hidden"
"""What keeps the login's word of refusal from being seen."""
_MOST_AT_ONCE = 2
"""Rehearsals under way in one worker: they share its processor with requests."""

Sheets = Callable[[], Awaitable[Sheet]]


class Page:
    """Answers browsers of the operator.  Belongs to one event loop."""

    def __init__(
        self, guard: Guard, feed: Feed, policies: Policies, limits: Limits, sheets: Sheets
    ) -> None:
        """`sheets` gives what all workers have counted."""
        self._guard, self._feed, self._policies = guard, feed, policies
        self._limits = msgspec.structs.replace(limits, body=min(limits.body, _LARGEST))
        self._sheets = sheets
        self._rehearsing = 0

    @staticmethod
    def serves(path: str) -> bool:
        """Whether a path is the page's."""
        return path.startswith(ROOT) or path == ROOT[:-1]

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> int:
        """Answer one request; the status.  Raises `ProblemError`."""
        headers = headers_of(scope, _ONCE)
        self._guard.check_host(headers)
        name = scope["path"].removeprefix(ROOT)
        if scope["method"] == "POST":
            self._guard.check_origin(headers)
            return await self._post(name, headers, receive, send)
        if scope["method"] in ("GET", "HEAD"):
            return await self._get(name, headers, scope, send)
        raise ProblemError(405, "method", "this takes GET or POST", headers={"allow": "GET, POST"})

    async def _get(self, name: str, headers: Mapping[str, str], scope: Scope, send: Send) -> int:
        if name == ROOT[:-1]:
            return await _go(send, ROOT)
        if name == "login":
            return await _file(send, "login.html")
        if name in assets() and not name.endswith(".html"):
            return await _file(send, name)
        if name == "":
            is_in = await self._guard.is_let_in(headers)
            return await (_file(send, "page.html") if is_in else _go(send, f"{ROOT}login"))
        await self._check(headers)
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        return await _json(send, await self._data(name, query))

    async def _data(self, name: str, query: Mapping[str, list[str]]) -> bytes:
        """What the page draws."""
        policies = self._policies
        if name == "about":
            return await asyncio.to_thread(state.about, policies)
        if name == "now":
            places = _place(query, "rows"), _place(query, "samples")
            sheet = await self._sheets()
            return await asyncio.to_thread(state.now, policies, self._feed, sheet, *places)
        raise _unknown()

    async def _post(
        self, name: str, headers: Mapping[str, str], receive: Receive, send: Send
    ) -> int:
        if name == "login":
            return await self._log_in(
                headers, await read_body(headers, receive, self._limits), send
            )
        await self._check(headers)
        if name == "logout":
            return await _go(send, f"{ROOT}login", await self._guard.log_out(headers))
        if name == "what-if":
            body = await read_body(headers, receive, self._limits)
            return await _json(send, await self._rehearsed(body))
        raise _unknown()

    async def _log_in(self, headers: Mapping[str, str], body: bytes, send: Send) -> int:
        form = parse_qs(body.decode("utf-8", "replace"))
        cookie = await self._guard.log_in(form.get("key", [""])[0], headers)
        if cookie is not None:
            return await _go(send, ROOT, cookie)
        kind, page = assets()["login.html"]
        await respond(send, 401, page.replace(_HIDDEN, b"", 1), HEADERS, kind)
        return 401

    async def _rehearsed(self, body: bytes) -> bytes:
        """In a thread, as it may run models; few at once, so that requests do not wait."""
        if self._rehearsing >= _MOST_AT_ONCE:
            raise ProblemError(503, "overloaded", "ask again", headers={"retry-after": "1"})
        self._rehearsing += 1
        try:
            return await asyncio.to_thread(whatif.answer, self._policies, body)
        finally:
            self._rehearsing -= 1

    async def _check(self, headers: Mapping[str, str]) -> None:
        if not await self._guard.is_let_in(headers):
            raise ProblemError(401, "unknown-operator", "this needs the operator's key")


async def _file(send: Send, name: str) -> int:
    kind, data = assets()[name]
    await respond(send, 200, data, HEADERS, kind)
    return 200


async def _json(send: Send, told: bytes) -> int:
    await respond(send, 200, told, HEADERS)
    return 200


async def _go(send: Send, where: str, cookie: str | None = None) -> int:
    """Send a browser elsewhere."""
    more = {} if cookie is None else {"set-cookie": cookie}
    await respond(send, 303, b"", {**HEADERS, **more, "location": where})
    return 303


def _unknown() -> ProblemError:
    return ProblemError(404, "unknown-file", "the page has no such part")


def _place(query: Mapping[str, list[str]], name: str) -> int:
    """Where to go on from; the beginning where nothing sound is said."""
    said = query.get(name, ["0"])[0]
    return int(said) if said.isdecimal() and said.isascii() and len(said) < 16 else 0
