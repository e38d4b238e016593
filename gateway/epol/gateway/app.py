"""The gateway as an ASGI application: which part of it answers what, and how failures are told."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import msgspec

from epol.gateway import metering
from epol.gateway.admin import Admin
from epol.gateway.apis import ENDPOINTS, MODELS, Endpoint
from epol.gateway.asgi import (
    GoneError,
    Receive,
    Scope,
    Send,
    headers_of,
    read_body,
    respond,
    unless_gone,
)
from epol.gateway.asking import Asks
from epol.gateway.exchange import Exchange
from epol.gateway.exposition import exposition
from epol.gateway.forwarding import Forwarder
from epol.gateway.live.page import Page
from epol.gateway.live.recent import Recent
from epol.gateway.live.ticking import Ticker
from epol.gateway.metrics import Metrics, Sheet, total
from epol.gateway.offloading import Offloading
from epol.gateway.problems import ProblemError
from epol.gateway.serving import Service
from epol.gateway.settings import Settings
from epol.gateway.sheets import Sheets
from epol.gateway.state import Shared
from epol.gateway.telling import overloaded, tell, unknown_endpoint, wrong_method
from epol.gateway.tracing import NO_TRACES, traces_of
from epol.gateway.transport import Transport

FIXED = "epol.target"
"""The key of a scope with the one target that a request may go to, if its server has but one."""
_REFUSED = 400
_GONE = 499
"""What the log has of a caller who did not wait."""


class Gateway:
    """Answers requests as the policy says.  Belongs to one event loop."""

    def __init__(
        self,
        shared: Shared,
        settings: Settings,
        metrics: Metrics | None = None,
        sheets: Sheets | None = None,
        transport: Asks | None = None,
    ) -> None:
        """`sheets` has what other workers count, if there are others.

        `transport` is how targets are asked, if not over connections of its own.
        """
        self._shared, self._settings = shared, settings
        self._metrics, self._sheets = metrics or Metrics(), sheets
        self._admin = Admin(shared.holds, shared.admin_key, self._measured)
        self._recent: Recent | None = None
        self._page: Page | None = None
        self.ticker: Ticker | None = None
        """What tells the live page of this worker, where there is one."""
        self._ticking: asyncio.Task[None] | None = None
        if shared.watched is not None:
            guard, feed = shared.watched.guard, shared.watched.feed
            self._recent = Recent(feed.clock)
            self._page = Page(guard, feed, shared.policies, settings.limits, self._totals)
            self.ticker = Ticker(feed, self._recent, shared.policies, self.sheet)
        self._service: Service | None = None
        self._transport = transport
        self._traces = NO_TRACES
        self._busy = 0
        self.is_ready = False

    async def start(self) -> None:
        """Open what needs the loop."""
        settings = self._settings
        transport = self._transport = self._transport or Transport(settings.times.connect)
        offloading = Offloading(self._shared)
        forwarder = Forwarder(transport, offloading, settings.times, settings.limits, self._metrics)
        self._service = Service(self._shared, settings, forwarder)
        self._traces = traces_of(settings)
        if self.ticker is not None:
            self._ticking = asyncio.create_task(self.ticker.run())
        self.is_ready = True

    async def stop(self) -> None:
        """Close it; what was under way has ended."""
        self.is_ready = False
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.gather(self._ticking, return_exceptions=True)
        if self._transport is not None:
            await self._transport.close()
        # What is left is sent, which may take a while.
        await asyncio.to_thread(self._traces.close)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI: answer one HTTP request."""
        if scope["type"] != "http":
            return
        exchange = Exchange(ENDPOINTS.get(scope["path"]))
        is_page = self._page is not None and self._page.serves(scope["path"])
        try:
            await self._answer(exchange, scope, receive, send)
        except GoneError:
            exchange.status = _GONE
        except Exception as error:  # noqa: BLE001 (an error's words may be the request's)
            await tell(exchange, error, send)
        exchange.span.end(exchange)
        # The page asks each second, and that is nobody's traffic; but who is refused is told.
        if not is_page or exchange.status >= _REFUSED:
            metering.count(self._metrics, exchange)
            exchange.log()
        if exchange.api and self._recent is not None:
            self._recent.add(exchange)

    async def _answer(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        endpoint = ENDPOINTS.get(path)
        if endpoint is not None:
            await self._model(exchange, endpoint, scope, receive, send)
        elif self._page is not None and self._page.serves(path):
            exchange.status = await self._page.answer(scope, receive, send)
        elif self._admin.serves(path):
            await self._admin.answer(path, method, headers_of(scope), send)
        elif method in ("GET", "HEAD"):
            await self._say(path, scope, send)
        else:
            raise unknown_endpoint()

    async def _model(
        self, exchange: Exchange, endpoint: Endpoint, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """A request for a model."""
        if scope["method"] != "POST":
            raise wrong_method()
        if self._busy >= self._settings.limits.requests or self._service is None:
            raise overloaded()
        self._busy += 1
        try:
            headers = headers_of(scope, self._shared.policies.facts.headers)
            self._traces.known(self._shared.policies.now.models)
            exchange.span = self._traces.request(exchange, headers)
            who = self._shared.callers.who(headers)
            body = await read_body(headers, receive, self._settings.limits)
            fixed: str | None = scope.get(FIXED)
            work = self._service.serve(exchange, endpoint, who, headers, body, send, fixed)
            await unless_gone(receive, _told(exchange, work, send), exchange.is_answered)
        finally:
            self._busy -= 1

    async def _say(self, path: str, scope: Scope, send: Send) -> None:
        """What the gateway says of itself."""
        if path == "/healthz":
            await respond(send, 200, b'{"status":"ok"}', {})
        elif path == "/readyz":
            if not self.is_ready:
                raise ProblemError(503, "not-ready", "the gateway is stopping")
            await respond(send, 200, b'{"status":"ready"}', {})
        elif path == MODELS:
            self._shared.callers.who(headers_of(scope))
            await respond(send, 200, self._models(), {})
        else:
            raise unknown_endpoint()

    def sheet(self) -> Sheet:
        """What this worker has counted, with how it stands now."""
        metering.look(self._metrics, self._shared.policies, self._busy)
        return self._metrics.sheet()

    async def _measured(self) -> bytes:
        """What all workers have counted, as text."""
        return exposition(await self._totals())

    async def _totals(self) -> Sheet:
        return await asyncio.to_thread(self._total, self.sheet())

    def _total(self, own: Sheet) -> Sheet:
        everywhere = own if self._sheets is None else self._sheets.total(own)
        books = metering.budget(self._shared.spending).sheet()
        return total([everywhere, books])

    def _models(self) -> bytes:
        """The one model that callers see: the policy, which chooses."""
        name = self._shared.policies.engine.policy.name
        model = {"id": name, "object": "model", "created": 0, "owned_by": "epol"}
        return msgspec.json.encode({"object": "list", "data": [model]})


async def _told(exchange: Exchange, work: Coroutine[Any, Any, None], send: Send) -> None:
    """Some work that answers a request; where it fails, that is the answer."""
    try:
        await work
    except GoneError:
        exchange.status = _GONE
    except Exception as error:  # noqa: BLE001 (an error's words may be the request's)
        await tell(exchange, error, send)
