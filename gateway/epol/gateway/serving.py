"""A request for a model: decided, forwarded, answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from epol.engine import Enforced
from epol.gateway.apis import Endpoint
from epol.gateway.asgi import GoneError, Message, Send, begin, respond, within
from epol.gateway.bodies import said_in
from epol.gateway.callers import SESSION, Who
from epol.gateway.comparing import compare
from epol.gateway.exchange import Exchange
from epol.gateway.families import ENFORCE
from epol.gateway.forwarding import Asked, Forwarder, Reply
from epol.gateway.policies import Reached
from epol.gateway.problems import ProblemError, blocked, not_permitted
from epol.gateway.settings import Settings
from epol.gateway.spending import Bill
from epol.gateway.state import Shared
from epol.gateway.upstreams import Upstream
from epol.gateway.usage import Usage, usage_in
from epol.gateway.verdicts import Verdicts

_DONE = 200


class Service:
    """Answers requests for models.  Belongs to one event loop."""

    def __init__(self, shared: Shared, settings: Settings, forwarder: Forwarder) -> None:
        self._shared, self._settings, self._forwarder = shared, settings, forwarder
        self._verdicts = Verdicts(shared, settings, forwarder.offloading)

    async def serve(
        self,
        exchange: Exchange,
        endpoint: Endpoint,
        who: Who,
        headers: Mapping[str, str],
        body: bytes,
        send: Send,
        fixed: str | None = None,
    ) -> None:
        """Answer one request; `fixed` is the one target that may, if not all may.

        Raises `ProblemError`.
        """
        said = said_in(body)
        exchange.caller = who.name
        with self._forwarder.metrics.timing(ENFORCE):
            enforced = await self._verdicts.enforced(endpoint.api, who, headers, body, said)
        exchange.enforced = enforced
        reached = self._shared.policies.reached(enforced.decision.policy.digest)
        route = await self._route(enforced, reached, endpoint, who, body, fixed)
        exchange.target = route[0].name
        exchange.span.asked(said.model)
        asked = Asked(
            enforced,
            endpoint,
            headers,
            len(body),
            said.stream is True,
            SESSION in headers,
            exchange.span,
        )
        bill = await self._bill(asked, reached, route, said.most_output)
        used: Usage | None = None
        try:
            reply = await self._forwarder.forward(
                asked, route, reached.health, self._shared.policies.circuits, exchange.attempts
            )
            exchange.target = reply.target
            if reply.status == _DONE:
                await self._verdicts.turned(who, headers, reply.target)
                used = usage_in(reply.body)
                exchange.costs = compare(enforced.decision, reached.targets, reply.target, used)
            await _answer(exchange, reply, send, self._settings.times.idle)
            if reply.streamed is not None:
                used = reply.streamed.used(asked.size)
                named = reply.streamed.said
                exchange.costs = compare(enforced.decision, reached.targets, reply.target, named)
        except ProblemError:
            await bill.settle(exchange.attempts.told)
            raise
        except BaseException:
            await bill.settle(exchange.attempts.told, is_over=exchange.has_begun)
            raise
        await bill.settle(exchange.attempts.told, used)

    async def _bill(
        self, asked: Asked, reached: Reached, route: Sequence[Upstream], output: int | None
    ) -> Bill:
        spending = self._shared.spending
        if spending is None:
            return Bill()
        targets = {each.name: reached.targets[each.name] for each in route}
        return await spending.bill(asked.enforced.decision, targets, asked.size, output)

    async def _route(
        self,
        enforced: Enforced,
        reached: Reached,
        endpoint: Endpoint,
        who: Who,
        body: bytes,
        fixed: str | None,
    ) -> list[Upstream]:
        """The targets to try, best first.  Raises `ProblemError` where none may be tried.

        A held one is tried if a person has approved it; else the request does not go elsewhere.
        """
        decision = enforced.decision
        if not decision.order:
            raise blocked(decision)
        if fixed is not None and fixed not in decision.order:
            raise not_permitted(decision, fixed)
        known = reached.upstreams
        speaking = [
            known[name]
            for name in (decision.order if fixed is None else (fixed,))
            if name in known and known[name].speaks(endpoint.wire)
        ]
        if not speaking:
            raise ProblemError(
                502,
                "no-target-speaks",
                f"none of the permitted targets has an address and speaks {endpoint.wire}",
                headers={"x-should-retry": "false"},
            )
        first = speaking[0].name
        if decision.targets[first].hold:
            await self._verdicts.approve(enforced, first, who, body)
        return [each for each in speaking if each.name == first or not _is_held(enforced, each)]


def _is_held(enforced: Enforced, upstream: Upstream) -> bool:
    return enforced.decision.targets[upstream.name].hold


def _patient(send: Send, seconds: float) -> Send:
    """Sends to a caller who takes what comes within some seconds.  Raises `GoneError` else."""

    async def put(message: Message) -> None:
        try:
            await within(seconds, send(message))
        except TimeoutError:
            raise GoneError from None

    return put


async def _answer(exchange: Exchange, reply: Reply, send: Send, seconds: float) -> None:
    exchange.has_begun = True
    exchange.status = reply.status
    send = _patient(send, seconds)
    if reply.chunks is None:
        exchange.has_ended = True
        await respond(send, reply.status, reply.body, exchange.headers)
        return
    with reply.ending:
        await begin(send, reply.status, exchange.headers, reply.kind)
        async for chunk in reply.chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        exchange.has_ended = True
        await send({"type": "http.response.body", "body": b""})
