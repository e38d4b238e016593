"""What comes before LiteLLM's proxy: of its endpoints, those that its hooks do not see are shut.

The engine reads what the hooks are given.  Some endpoints call models without them, or pass bodies
on as they are; so of what is no administration, only those go through whose bodies are read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

from epol.gateway.apis import MODELS
from epol.gateway.asgi import GoneError, Message, Receive, Scope, Send, headers_of, read_body
from epol.gateway.exchange import Exchange
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
_REFUSED = 1008
"""The code of WebSocket for what a policy refuses."""


class Gate:
    """An ASGI app: the proxy, for the endpoints that are served."""

    def __init__(self, app: App, limits: Limits, once: Callable[[], Collection[str]]) -> None:
        """`once` gives the headers that count, and so may be there once."""
        self._app, self._limits, self._once = app, limits, once
        self._busy = 0

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
        elif (path in READ and scope["method"] in ("GET", "HEAD")) or path.startswith(
            ADMINISTRATION
        ):
            await self._app(scope, receive, send)
        else:
            await tell(Exchange(None), unknown_endpoint(), send)

    async def _served(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A request for a model, whose body is read here: plain, and no larger than it may be."""
        self._busy += 1
        try:
            try:
                body = await self._body(scope, receive)
            except GoneError:
                return
            except Exception as error:  # noqa: BLE001 (an error's words may be the request's)
                await tell(Exchange(None), error, send)
                return
            await self._app(scope, _once_more(body, receive), send)
        finally:
            self._busy -= 1

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        if scope["method"] != "POST":
            raise wrong_method()
        if self._busy > self._limits.requests:
            raise overloaded()
        headers = headers_of(scope, self._once())
        return await read_body(headers, receive, self._limits)


def path_of(scope: Scope) -> str:
    """The path of a request within the app, without where it is mounted."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    if root and path.startswith(root) and path[len(root) : len(root) + 1] in ("", "/"):
        return path[len(root) :] or "/"
    return path


def _once_more(body: bytes, receive: Receive) -> Receive:
    """What the app receives: the body that was read, then what follows."""
    given: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def take() -> Message:
        return given.pop() if given else await receive()

    return take
