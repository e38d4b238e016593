"""A request for a model: decided, forwarded, answered."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from epol.engine import About, Enforced, RequestError
from epol.gateway.apis import Endpoint
from epol.gateway.asgi import GoneError, Message, Send, begin, respond
from epol.gateway.callers import SESSION, Who
from epol.gateway.exchange import Exchange
from epol.gateway.families import ENFORCE
from epol.gateway.forwarding import Asked, Forwarder, Reply
from epol.gateway.holds import HoldsFullError, State
from epol.gateway.offloading import Offloading
from epol.gateway.policies import Reached
from epol.gateway.problems import ProblemError, blocked, held
from epol.gateway.settings import Settings
from epol.gateway.spending import Bill
from epol.gateway.state import Shared
from epol.gateway.upstreams import Upstream

_POLL_SECONDS = 0.2


class Said(msgspec.Struct):
    """What the gateway itself reads of a body; the engine reads all of it."""

    stream: object = None
    model: object = None
    max_tokens: object = None
    max_completion_tokens: object = None
    max_output_tokens: object = None

    @property
    def most_output(self) -> int | None:
        """How many tokens the answer may have, if it says so."""
        said = (self.max_tokens, self.max_completion_tokens, self.max_output_tokens)
        return max((each for each in said if type(each) is int), default=None)


_said = msgspec.json.Decoder(Said)


class Service:
    """Answers requests for models.  Belongs to one event loop."""

    def __init__(self, shared: Shared, settings: Settings, forwarder: Forwarder) -> None:
        self._shared, self._settings, self._forwarder = shared, settings, forwarder

    @property
    def _offloading(self) -> Offloading:
        return self._forwarder.offloading

    async def serve(
        self,
        exchange: Exchange,
        endpoint: Endpoint,
        who: Who,
        headers: Mapping[str, str],
        body: bytes,
        send: Send,
    ) -> None:
        """Answer one request.  Raises `ProblemError`."""
        said = _said_in(body)
        with self._forwarder.metrics.timing(ENFORCE):
            enforced = await self._enforced(endpoint, who, headers, body, said)
        exchange.enforced = enforced
        reached = self._shared.policies.reached(enforced.decision.policy.digest)
        route = await self._route(enforced, reached, endpoint, who, body)
        exchange.target = route[0].name
        asked = Asked(
            enforced, endpoint, headers, len(body), said.stream is True, SESSION in headers
        )
        bill = await self._bill(asked, reached, route, said.most_output)
        try:
            reply = await self._forwarder.forward(
                asked, route, reached.health, self._shared.policies.circuits, exchange.attempts
            )
            exchange.target = reply.target
            await _answer(exchange, reply, send, self._settings.times.idle)
        except ProblemError:
            await bill.settle(exchange.attempts.told)
            raise
        except BaseException:
            await bill.settle(exchange.attempts.told, is_over=exchange.has_begun)
            raise
        await bill.settle(exchange.attempts.told, reply.body)

    async def _enforced(
        self, endpoint: Endpoint, who: Who, headers: Mapping[str, str], body: bytes, said: Said
    ) -> Enforced:
        policies = self._shared.policies
        attributes = policies.facts.read(
            who, headers, said.model if isinstance(said.model, str) else None
        )
        session = who.session(headers)
        tools = policies.tools
        try:
            return await self._offloading.do(
                len(body),
                lambda: policies.engine.enforce(
                    body,
                    endpoint.api,
                    attributes=attributes,
                    session=session,
                    tools=tools,
                    strict=False,
                    about=About(caller=who.name),
                ),
                in_session=session is not None,
            )
        except RequestError as error:
            raise ProblemError(400, "bad-request", str(error)) from None

    async def _bill(
        self, asked: Asked, reached: Reached, route: Sequence[Upstream], output: int | None
    ) -> Bill:
        spending = self._shared.spending
        if spending is None:
            return Bill()
        names = {each.name for each in route}
        targets = {each.name: each for each in reached.manifest.targets if each.name in names}
        return await spending.bill(asked.enforced.decision, targets, asked.size, output)

    async def _route(
        self, enforced: Enforced, reached: Reached, endpoint: Endpoint, who: Who, body: bytes
    ) -> list[Upstream]:
        """The targets to try, best first.  Raises `ProblemError` where none may be tried.

        A held one is tried if a person has approved it; else the request does not go elsewhere.
        """
        decision = enforced.decision
        if not decision.order:
            raise blocked(decision)
        known = reached.upstreams
        speaking = [
            known[name]
            for name in decision.order
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
            await self._approved(enforced, first, who, body)
            enforced.approve(first)
        return [each for each in speaking if each.name == first or not _is_held(enforced, each)]

    async def _approved(self, enforced: Enforced, target: str, who: Who, body: bytes) -> None:
        """Wait until a person has approved a request.  Raises `ProblemError` where none does."""
        holds, decision = self._shared.holds, enforced.decision
        rules = sorted({each.rule for each in decision.reasons if each.target == target})
        name = holds.name(who.name, target, rules, decision.policy.digest, body)
        loop = asyncio.get_running_loop()
        until = loop.time() + self._settings.hold.wait
        while True:
            try:
                state = await asyncio.to_thread(holds.ask, name, who.name, target, rules)
            except HoldsFullError:
                raise ProblemError(
                    503, "holds-full", "too many requests wait for approval"
                ) from None
            if state == State.REFUSED:
                raise ProblemError(403, "refused", f"a person has refused this request ({name})")
            if state == State.APPROVED and await asyncio.to_thread(holds.use, name):
                return
            if loop.time() >= until:
                raise held(decision, target, name)
            await asyncio.sleep(_POLL_SECONDS)


def _is_held(enforced: Enforced, upstream: Upstream) -> bool:
    return enforced.decision.targets[upstream.name].hold


def _said_in(body: bytes) -> Said:
    """What a body says, if it can be read; if it cannot, the engine says why."""
    try:
        return _said.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Said()


def _patient(send: Send, seconds: float) -> Send:
    """Sends to a caller who takes what comes within some seconds.  Raises `GoneError` else."""

    async def put(message: Message) -> None:
        try:
            async with asyncio.timeout(seconds):
                await send(message)
        except TimeoutError:
            raise GoneError from None

    return put


async def _answer(exchange: Exchange, reply: Reply, send: Send, seconds: float) -> None:
    exchange.has_begun = True
    exchange.status = reply.status
    if reply.chunks is None:
        exchange.has_ended = True
        try:
            async with asyncio.timeout(seconds):
                await respond(send, reply.status, reply.body, exchange.headers)
        except TimeoutError:
            raise GoneError from None
        return
    send = _patient(send, seconds)
    async with reply.ending:
        await begin(send, reply.status, exchange.headers, reply.kind)
        async for chunk in reply.chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        exchange.has_ended = True
        await send({"type": "http.response.body", "body": b""})
