"""Answers Envoy about one request, whatever happens.

Envoy lets a request or an answer through where its processor ends the stream in good order, even
if it is told to fail: so a stream only ends so when Envoy has ended it, or when all is answered.
Anything else is an answer in place of the target's, or a stream that breaks.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

from epol.gateway import metering
from epol.gateway.apis import ENDPOINTS
from epol.gateway.app import Gateway
from epol.gateway.asgi import GoneError, Scope
from epol.gateway.envoy.conversation import BAD_PROXY, Conversation, Link, OutOfOrderError
from epol.gateway.envoy.passing import about
from epol.gateway.exchange import Exchange
from epol.gateway.metrics import Metrics
from epol.gateway.policies import Policies
from epol.gateway.problems import ProblemError
from epol.gateway.telling import tell

_log = logging.getLogger("epol.gateway")
_NOTICES = 1.0
"""Seconds in which work that waits for a target notices that its caller has gone."""


class BrokenError(Exception):
    """The stream must end as one that failed."""


class Processor:
    """What Envoy asks, answered by a gateway.  Belongs to one event loop."""

    def __init__(self, gateway: Gateway, policies: Policies, metrics: Metrics) -> None:
        self._gateway, self._policies, self._metrics = gateway, policies, metrics

    async def process(self, link: Link, fixed: Sequence[str]) -> None:
        """One stream; `fixed` is what the proxy's configuration calls its target.

        Raises `BrokenError` where the stream may not end in good order.
        """
        conversation = Conversation(link)
        task = asyncio.create_task(self._answer(conversation, fixed))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            conversation.leave()
            await _ended(task)
            raise
        if not conversation.is_over:
            raise BrokenError
        try:
            await conversation.drain()
        except OutOfOrderError:
            raise BrokenError from None

    async def _answer(self, conversation: Conversation, fixed: Sequence[str]) -> None:
        path = ""
        try:
            head = await conversation.begin()
            path = head.path
            scope = head.scope(self._target(fixed))
        except GoneError:
            return
        except (OutOfOrderError, ProblemError) as error:
            await self._refuse(path, error, conversation)
            return
        await self._ask(scope, conversation)

    async def _ask(self, scope: Scope, conversation: Conversation) -> None:
        with about(conversation):
            await self._gateway(scope, conversation.receive, conversation.send)

    def _target(self, fixed: Sequence[str]) -> str | None:
        """The one target that there is.  Raises `ProblemError`."""
        if not fixed:
            return None
        if len(fixed) > 1 or fixed[0] not in self._policies.now.upstreams:
            raise ProblemError(
                500, BAD_PROXY, "the proxy's `x-epol-target` is no target of the policy"
            )
        return fixed[0]

    async def _refuse(self, path: str, error: Exception, conversation: Conversation) -> None:
        """Answer a request that no gateway could: so that it is told, counted and logged as all."""
        if isinstance(error, ProblemError) and error.code == BAD_PROXY:
            _log.error("the proxy is to be set up otherwise: %s", error)
        exchange = Exchange(ENDPOINTS.get(path))
        with suppress(GoneError):
            await tell(exchange, error, conversation.send)
        metering.count(self._metrics, exchange)
        exchange.log()


async def _ended(task: asyncio.Task[None]) -> None:
    """Let work end that nobody waits for any more: it notices, or it is cancelled."""
    await asyncio.wait({task}, timeout=_NOTICES)
    task.cancel()
    await asyncio.wait({task})
