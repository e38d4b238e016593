"""The gateway as an ASGI application: one request from its first byte to the last of its answer."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Mapping

import msgspec

from epol.engine import Decision, Enforced, RequestError
from epol.gateway.apis import ENDPOINTS, MODELS, Endpoint, wire_of
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
from epol.gateway.forwarding import Attempts, Forwarder
from epol.gateway.policies import Policies
from epol.gateway.problems import ProblemError, blocked, held
from epol.gateway.settings import Settings
from epol.gateway.transport import Transport
from epol.gateway.upstreams import Upstream

_log = logging.getLogger("epol.gateway")


class Exchange:
    """One request and what is known of it, for headers and the log."""

    def __init__(self, path: str) -> None:
        self.id = secrets.token_hex(8)
        self.wire = wire_of(path)
        self.began = time.perf_counter()
        self.decision: Decision | None = None
        self.target: str | None = None
        self.attempts = Attempts()

    @property
    def headers(self) -> dict[str, str]:
        """What a caller is told beside the answer: names of targets, rules' outcomes, policy."""
        found = {"x-epol-decision": self.id}
        if self.decision is not None:
            policy = self.decision.policy
            found["x-epol-status"] = self.decision.status
            found["x-epol-policy"] = f"{policy.name}@{policy.version or '-'} {policy.digest[:19]}"
        if self.target is not None:
            found["x-epol-target"] = self.target
        if self.attempts.told:
            found["x-epol-attempts"] = self.attempts.header
        return found

    def log(self, status: int) -> None:
        """One line, which has names and numbers and nothing of what was said."""
        took = (time.perf_counter() - self.began) * 1e3
        decided = "-" if self.decision is None else self.decision.status
        _log.info(
            "%s %d %s %s %.1fms %s",
            self.id,
            status,
            decided,
            self.target or "-",
            took,
            self.attempts.header or "-",
        )


class Gateway:
    """Answers requests as the policy says.  Belongs to one event loop."""

    def __init__(self, policies: Policies, settings: Settings) -> None:
        self.policies = policies
        self.settings = settings
        self.is_ready = False
        self._busy = 0
        self._forwarder: Forwarder | None = None

    async def start(self) -> None:
        """Open what needs the loop."""
        transport = Transport(self.settings.times.connect)
        self._forwarder = Forwarder(transport, self.settings.times, self.settings.limits)
        self.is_ready = True

    async def stop(self) -> None:
        """Close it; what was under way has ended."""
        self.is_ready = False
        if self._forwarder is not None:
            await self._forwarder.transport.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI: answer one HTTP request."""
        if scope["type"] != "http":
            return
        exchange = Exchange(scope["path"])
        try:
            status = await self._answered(exchange, scope, receive, send)
        except GoneError:
            status = 499
        except ProblemError as problem:
            status = problem.status
            await self._tell(exchange, problem, send)
        except Exception as error:  # noqa: BLE001 (an error's words may be the request's)
            status = 500
            _log.error("%s a request failed inside: %s", exchange.id, type(error).__name__)
            problem = ProblemError(500, "internal-error", "the gateway failed; nothing was sent on")
            await self._tell(exchange, problem, send)
        exchange.log(status)

    async def _tell(self, exchange: Exchange, problem: ProblemError, send: Send) -> None:
        headers = {**exchange.headers, **problem.headers}
        await respond(send, problem.status, problem.body(exchange.wire), headers)

    async def _answered(
        self, exchange: Exchange, scope: Scope, receive: Receive, send: Send
    ) -> int:
        path, method = scope["path"], scope["method"]
        endpoint = ENDPOINTS.get(path)
        if endpoint is None:
            return await self._told(path, method, send)
        if method != "POST":
            raise ProblemError(405, "method", "this endpoint takes POST", headers={"allow": "POST"})
        if self._busy >= self.settings.limits.requests:
            raise ProblemError(
                503, "overloaded", "too many requests are under way", headers={"retry-after": "1"}
            )
        self._busy += 1
        try:
            headers = headers_of(scope)
            body = await read_body(headers, receive, self.settings.limits)
            await unless_gone(receive, self._serve(exchange, endpoint, headers, body, send))
        finally:
            self._busy -= 1
        return 200

    async def _told(self, path: str, method: str, send: Send) -> int:
        """What the gateway says of itself."""
        if method not in ("GET", "HEAD"):
            raise _unknown()
        if path == "/healthz":
            await respond(send, 200, b'{"status":"ok"}', {})
        elif path == "/readyz":
            if not self.is_ready:
                raise ProblemError(503, "not-ready", "the gateway is starting or stopping")
            await respond(send, 200, b'{"status":"ready"}', {})
        elif path == MODELS:
            await respond(send, 200, self._models(), {})
        else:
            raise _unknown()
        return 200

    def _models(self) -> bytes:
        """The one model that callers see: the policy, which chooses."""
        model = {
            "id": self.policies.engine.policy.name,
            "object": "model",
            "created": 0,
            "owned_by": "epol",
        }
        return msgspec.json.encode({"object": "list", "data": [model]})

    async def _serve(
        self,
        exchange: Exchange,
        endpoint: Endpoint,
        headers: Mapping[str, str],
        body: bytes,
        send: Send,
    ) -> None:
        assert self._forwarder is not None, "the server starts it"
        enforced = await self._enforced(endpoint, body)
        exchange.decision = enforced.decision
        route = self._route(enforced, endpoint)
        exchange.target = route[0].name
        reply = await self._forwarder.forward(enforced, route, endpoint, headers, exchange.attempts)
        exchange.target = reply.target
        await respond(send, reply.status, reply.body, exchange.headers)

    async def _enforced(self, endpoint: Endpoint, body: bytes) -> Enforced:
        try:
            return await self.policies.engine.aenforce(body, endpoint.api, strict=False)
        except RequestError as error:
            raise ProblemError(400, "bad-request", str(error)) from None

    def _route(self, enforced: Enforced, endpoint: Endpoint) -> list[Upstream]:
        """The targets to try, best first.  Raises `ProblemError` where none may be tried."""
        decision = enforced.decision
        if not decision.order:
            raise blocked(decision)
        known = self.policies.upstreams(decision.policy.digest)
        speaking = [
            known[name]
            for name in decision.order
            if name in known and known[name].speaks(endpoint.wire)
        ]
        if not speaking:
            raise ProblemError(
                502,
                "no-target-speaks",
                f"none of the permitted targets speaks {endpoint.wire} and has an address",
            )
        if decision.targets[speaking[0].name].hold:
            raise held(decision, speaking[0].name, "")
        return [each for each in speaking if not decision.targets[each.name].hold]


def _unknown() -> ProblemError:
    return ProblemError(
        501, "unknown-endpoint", "the gateway does not serve this endpoint, and passes nothing on"
    )
