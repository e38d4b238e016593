"""What comes before LiteLLM's proxy: of its endpoints, those that its hooks do not see are shut.

The engine reads what the hooks are given.  Some endpoints call models without them, or pass bodies
on as they are; so of what is no administration, only those go through whose bodies are read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

from epol.gateway.admin import Admin
from epol.gateway.apis import ENDPOINTS, MODELS
from epol.gateway.asgi import (
    GoneError,
    Message,
    Receive,
    Scope,
    Send,
    headers_of,
    read_body,
    respond,
)
from epol.gateway.exchange import Exchange
from epol.gateway.forwarding import NOBODY
from epol.gateway.guarding import path_of
from epol.gateway.litellm.refusals import TOLD, Told
from epol.gateway.problems import ProblemError
from epol.gateway.settings import Limits
from epol.gateway.telling import overloaded, tell, unknown_endpoint, wrong_method

App = Callable[[Scope, Receive, Send], Awaitable[None]]

SERVED = frozenset(
    [
        *("/chat/completions", "/v1/chat/completions", "/embeddings", "/v1/embeddings"),
        *("/responses", "/v1/responses", "/v1/messages"),
    ]
)
"""Endpoints whose requests LiteLLM's hooks see, from the beginning to the answer."""
READ = frozenset(["/", "/models", MODELS, "/model/info", "/v1/model/info", "/model_group/info"])
"""What may be read, by GET, of an endpoint of the API itself."""
ADMINISTRATION = (
    *("/budget/", "/customer/", "/global/", "/health/live", "/health/read", "/key/"),
    *("/metrics", "/organization/", "/spend/", "/sso/", "/tag/", "/team/", "/user/"),
    *(
        "/login",
        "/v2/login",
        "/v3/login",
        "/ui",
        "/get/",
        "/litellm-asset-prefix/",
        "/.well-known/",
    ),
)
"""Where paths begin that are LiteLLM's own, and reach no model."""
_VERSION = "/v1"
_START = "http.response.start"
_NOT_OURS = (b"llm_provider-", b"x-epol-")
_REFUSED = 1008
"""The code of WebSocket for what a policy refuses."""


class Gate:
    """An ASGI app: the proxy, for the endpoints that are served."""

    def __init__(
        self, app: App, limits: Limits, once: Callable[[], Collection[str]], admin: Admin
    ) -> None:
        """`once` gives the headers that count, and so may be there once."""
        self._app, self._limits, self._once, self._admin = app, limits, once, admin
        self.busy = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        kind = scope["type"]
        if kind == "http":
            await self._http(scope, receive, send)
        elif kind == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": _REFUSED, "reason": ""})
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = path_of(scope)
        if path in SERVED:
            await self._served(scope, receive, send)
        elif self._admin.serves(path):
            await self._operated(path, scope, send)
        elif (path in READ and scope["method"] in ("GET", "HEAD")) or path.startswith(
            ADMINISTRATION
        ):
            await self._app(scope, receive, send)
        else:
            await tell(Exchange(None), unknown_endpoint(), send)

    async def _operated(self, path: str, scope: Scope, send: Send) -> None:
        """What an operator asks epol itself."""
        try:
            await self._admin.answer(path, scope["method"], headers_of(scope), send)
        except Exception as error:  # noqa: BLE001 (an error's words may be the request's)
            await tell(Exchange(None), error, send)

    async def _served(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A request for a model, whose body is read here: plain, and no larger than it may be."""
        self.busy += 1
        try:
            exchange = Exchange(ENDPOINTS[_VERSION + path_of(scope).removeprefix(_VERSION)])
            try:
                body = await self._body(scope, receive)
            except GoneError:
                return
            except Exception as error:  # noqa: BLE001 (an error's words may be the request's)
                await tell(exchange, error, send)
                return
            told = Told()
            TOLD.set(told)
            await self._app(scope, _once_more(body, receive), _Telling(told, exchange, send).send)
        finally:
            self.busy -= 1

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        if scope["method"] != "POST":
            raise wrong_method()
        if self.busy > self._limits.requests:
            raise overloaded()
        headers = headers_of(scope, self._once())
        return await read_body(headers, receive, self._limits)


class _Telling:
    """What the proxy sends, with the errors that are epol's as epol says them."""

    def __init__(self, told: Told, exchange: Exchange, send: Send) -> None:
        self._told, self._exchange, self._send = told, exchange, send
        self._is_told = False

    async def send(self, message: Message) -> None:
        """ASGI, for the proxy."""
        if message["type"] != _START:
            if not self._is_told:
                await self._send(message)
            return
        told = self._told
        problem = told.problem
        if problem is None and told.was_sent:
            problem = ProblemError(502, NOBODY, "no target answered")
        if message["status"] < 400 or problem is None:
            await self._send({**message, "headers": self._headers(message)})
            return
        self._is_told = True
        headers = {**told.headers(), **problem.headers}
        await respond(self._send, problem.status, problem.body(self._exchange.wire), headers)

    def _headers(self, message: Message) -> list[tuple[bytes, bytes]]:
        """Those of the proxy but for a model's, which say what it likes, and epol's own."""
        kept = [
            (name, value)
            for name, value in message.get("headers", ())
            if not bytes(name).lower().startswith(_NOT_OURS)
        ]
        return [
            *kept,
            *((k.encode(), v.encode("latin-1")) for k, v in self._told.headers().items()),
        ]


def _once_more(body: bytes, receive: Receive) -> Receive:
    """What the app receives: the body that was read, then what follows."""
    given: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def take() -> Message:
        return given.pop() if given else await receive()

    return take
