"""epol in front of an ASGI app that asks models itself: what it sees is treated, and what it says.

app = EpolMiddleware(app, policy="clinic.epol", config="gateway.toml")
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path

from epol.engine import Engine
from epol.gateway import metering
from epol.gateway.admin import Admin
from epol.gateway.asgi import (
    GoneError,
    Receive,
    Scope,
    Send,
    headers_of,
    read_body,
)
from epol.gateway.bodies import said_in
from epol.gateway.callers import SESSION
from epol.gateway.exchange import Exchange
from epol.gateway.exposition import exposition
from epol.gateway.families import ENFORCE
from epol.gateway.guarding import GUARDED, ROUTES, Found, Guard, Route, path_of
from epol.gateway.host import Host
from epol.gateway.host_answer import HostAnswer, Treating
from epol.gateway.hosting import HostRequest, receiving, seen_by_app
from epol.gateway.metrics import Metrics
from epol.gateway.problems import ProblemError
from epol.gateway.settings import Settings, read_settings
from epol.gateway.telling import overloaded, tell, unknown_endpoint, wrong_method
from epol.gateway.tracing import traces_of

App = Callable[[Scope, Receive, Send], Awaitable[None]]
_GONE = 499
_REFUSED = 1008
"""The code of WebSocket for what a policy refuses."""


class EpolMiddleware:
    """An ASGI app: another one, with what is asked of models and answered by it treated.

    `routes` says which bodies the paths of the app have (`"openai.chat"`, or a `Route` with the
    one target that it asks).  Below the paths in `guarded` everything else is refused, unless
    it is in `passed`.  `headers` are fields of the app's answers that go to callers beside those
    that say nothing of what a model said.
    """

    def __init__(
        self,
        app: App,
        policy: str | os.PathLike[str],
        config: str | os.PathLike[str] | Settings | None = None,
        *,
        routes: Mapping[str, Route | str] = ROUTES,
        guarded: Iterable[str] = GUARDED,
        passed: Iterable[str] = (),
        headers: Iterable[str] = (),
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        """`policy` is its source or its bundle.  Raises `EpolError`, `SettingsError`."""
        self._app = app
        self._guard = Guard(routes, guarded, passed)
        self._host = host = Host(Path(policy), _settings(config), environment)
        for name in sorted(self._guard.targets):
            host.check_target(name, "a route")
        kept = frozenset(each.lower().encode("latin-1") for each in headers)
        self._treating = Treating(host.offloading, host.settings.limits.answer, kept)
        self._metrics = Metrics()
        self._traces = traces_of(host.settings)
        self._admin = Admin(host.shared.holds, host.shared.admin_key, self._measured)
        self._busy = 0

    @property
    def engine(self) -> Engine:
        """The engine that decides: the app may publish `signals` to it."""
        return self._host.shared.policies.engine

    def close(self) -> None:
        """End what runs beside the app.  It is started again by the next request."""
        self._host.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        kind = scope["type"]
        if kind == "lifespan":
            try:
                await self._app(scope, receive, send)
            finally:
                self.close()
            return
        path = path_of(scope)
        if kind == "http":
            found = self._guard.endpoint(path)
            if found is not None:
                await self._guarded(found, scope, receive, send)
            elif self._admin.serves(path):
                await self._operate(path, scope, send)
            elif self._guard.passes(path):
                await self._app(scope, receive, send)
            else:
                await tell(Exchange(None), unknown_endpoint(), send)
        elif self._guard.endpoint(path) is None and self._guard.passes(path):
            await self._app(scope, receive, send)
        elif kind == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": _REFUSED, "reason": ""})
        else:
            raise RuntimeError("this kind of connection has no guarded paths")

    async def _guarded(self, found: Found, scope: Scope, receive: Receive, send: Send) -> None:
        self._host.start()
        exchange = Exchange(found.endpoint)
        self._busy += 1
        try:
            await self._served(exchange, found, scope, receive, send)
        except GoneError:
            exchange.status = _GONE
        finally:
            self._busy -= 1
            metering.count(self._metrics, exchange)
            exchange.span.end(exchange)
            exchange.log()

    async def _operate(self, path: str, scope: Scope, send: Send) -> None:
        """Answer an operator."""
        try:
            await self._admin.answer(path, scope["method"], headers_of(scope), send)
        except ProblemError as problem:
            await tell(Exchange(None), problem, send)

    async def _measured(self) -> bytes:
        """What this process has counted, as text."""
        metering.look(self._metrics, self._host.shared.policies, self._busy)
        return exposition(self._metrics.sheet())

    async def _served(
        self, exchange: Exchange, found: Found, scope: Scope, receive: Receive, send: Send
    ) -> None:
        try:
            body, answer, host = await self._decided(exchange, found, scope, receive, send)
        except GoneError:
            raise
        except Exception as error:  # noqa: BLE001 (an error's words may be the request's)
            await tell(exchange, error, send)
            return
        try:
            await self._app(
                seen_by_app(scope, host, body), receiving(body, receive, answer), answer.send
            )
        finally:
            # An app that ends without an answer has failed, whether or not it raises.
            try:
                await answer.fail()
            finally:
                answer.close()

    async def _decided(
        self, exchange: Exchange, found: Found, scope: Scope, receive: Receive, send: Send
    ) -> tuple[bytes, HostAnswer, HostRequest]:
        """The treated body, and what takes the answer.  Raises `ProblemError`, `GoneError`."""
        if scope["method"] != "POST":
            raise wrong_method()
        if self._busy > self._host.settings.limits.requests:
            raise overloaded()
        headers = headers_of(scope, self._host.shared.policies.facts.headers)
        self._traces.known(self._host.shared.policies.now.models)
        exchange.span = self._traces.request(exchange, headers)
        who = self._host.shared.callers.who(headers)
        raw = await read_body(headers, receive, self._host.settings.limits)
        api = found.endpoint.api
        with self._metrics.timing(ENFORCE):
            enforced = await self._host.verdicts.enforced(api, who, headers, raw, said_in(raw))
        exchange.enforced = enforced
        target = await self._host.verdicts.target_for_host(enforced, found.target, who, raw)
        exchange.target = target
        in_session = SESSION in headers
        host = HostRequest(enforced, target)
        body = await self._treating.offloading.do(
            len(raw), lambda: host.body(target), in_session=in_session
        )
        treating = self._treating

        async def turned(target: str) -> None:
            await self._host.verdicts.turned(who, headers, target)

        answer = HostAnswer(exchange, enforced, host, treating, send, turned, in_session=in_session)
        return body, answer, host


def _settings(config: str | os.PathLike[str] | Settings | None) -> Settings:
    if isinstance(config, Settings):
        return config
    return read_settings(None if config is None else Path(config))
