"""A decided request on its way: to one target after the other until one answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from epol.engine import BodyError, Enforced, RefusedResponseError, RefusedTargetError, RequestError
from epol.engine.signals.health import Attempt, Health
from epol.gateway.apis import Endpoint
from epol.gateway.asgi import JSON, within
from epol.gateway.asking import Asks, Given
from epol.gateway.attempts import Attempts
from epol.gateway.bodies import with_model
from epol.gateway.circuits import Circuits
from epol.gateway.families import STREAM, TARGET
from epol.gateway.metrics import Metrics
from epol.gateway.offloading import Offloading
from epol.gateway.problems import ProblemError, refused
from epol.gateway.settings import Limits, Times
from epol.gateway.tracing import NO_SPAN, AttemptSpan, RequestSpan
from epol.gateway.transport import TransportError
from epol.gateway.upstreams import Upstream
from epol.gateway.usage import StreamUsage

NOBODY = "no-target-answered"
"""The code of the problem that all targets failed."""
EVENTS = "text/event-stream"
_UNTREATABLE = "untreatable"
"""A target that was not asked, as there is no body for it."""
ITS_OWN_FAULT = (400, 413, 422)
"""Answers that say something of the request; of all other errors another target may be free."""


class FailedError(Exception):
    """A target did not answer as it should; `kind` says how."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it was decided, with what its targets must be told."""

    enforced: Enforced = field(repr=False)
    endpoint: Endpoint
    headers: Mapping[str, str] = field(repr=False)
    size: int
    streams: bool
    in_session: bool
    span: RequestSpan = NO_SPAN


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes to the caller, treated: of which target, with which status.

    A whole body, or one that comes in `chunks`; then `ending` is to be closed behind them, and
    `streamed` knows behind them what they cost.
    """

    target: str
    status: int
    body: bytes = field(default=b"", repr=False)
    chunks: AsyncIterator[bytes] | None = None
    ending: ExitStack = field(default_factory=ExitStack, repr=False)
    streamed: StreamUsage | None = None

    @property
    def kind(self) -> str:
        """Its content type."""
        return JSON if self.chunks is None else EVENTS


@dataclass(frozen=True)
class Forwarder:
    """Sends requests to targets, as long as there is time."""

    transport: Asks
    offloading: Offloading
    times: Times
    limits: Limits
    metrics: Metrics

    async def forward(
        self,
        asked: Asked,
        route: Sequence[Upstream],
        health: Health,
        circuits: Circuits | None,
        attempts: Attempts,
    ) -> Reply:
        """The answer of the first target of a route that gives one.

        Each gets the body that is treated for it.  Raises `ProblemError`.
        """
        deadline = time.monotonic() + self.times.deadline
        for upstream in route:
            left = deadline - time.monotonic()
            is_down = circuits is not None and circuits.is_open(upstream.name)
            attempt = health.begin(upstream.name) if left > 0 and not is_down else None
            if attempt is None:
                attempts.add(upstream.name, "down" if left > 0 else "no-time")
                continue
            try:
                reply = await self._within(left, asked, upstream, attempt)
            except (FailedError, TransportError) as error:
                attempts.add(upstream.name, error.kind)
                if self.transport.asks_once and error.kind != _UNTREATABLE:
                    break
                continue
            except ProblemError as error:
                attempts.add(upstream.name, error.code)
                raise
            attempts.add(upstream.name, reply.status)
            return reply
        raise nobody(attempts)

    async def _within(
        self, left: float, asked: Asked, upstream: Upstream, attempt: Attempt
    ) -> Reply:
        with ExitStack() as ending:
            ending.enter_context(attempt)
            span = ending.enter_context(asked.span.attempt(upstream))
            try:
                async with asyncio.timeout(min(self.times.attempt, left)):
                    return await self._ask(asked, upstream, attempt, span, ending)
            except TimeoutError:
                raise FailedError("timeout") from None

    async def _ask(
        self,
        asked: Asked,
        upstream: Upstream,
        attempt: Attempt,
        span: AttemptSpan,
        ending: ExitStack,
    ) -> Reply:
        body = await self._body(asked, upstream)
        wire = asked.endpoint.wire
        url = upstream.url + asked.endpoint.path
        headers = {**upstream.headers_for(wire, asked.headers), **span.headers}
        with self.metrics.timing(TARGET, upstream.name):
            answer = await self.transport.post(url, headers, body)
        ending.callback(answer.close)
        attempt.answer(answer.status, answer.headers)
        if answer.status != 200 and answer.status not in ITS_OWN_FAULT:
            raise FailedError(str(answer.status))
        is_stream = answer.headers.get("content-type", "").lower().startswith(EVENTS)
        if asked.streams and is_stream and answer.status == 200:
            return await self._streamed(asked, upstream, answer, span, ending)
        return await self._whole(asked, upstream, answer, attempt, span)

    async def _body(self, asked: Asked, upstream: Upstream) -> bytes:
        """The body as it goes to a target, with its model."""
        try:
            body = await self.offloading.do(
                asked.size,
                lambda: asked.enforced.body_for(upstream.name),
                in_session=asked.in_session,
            )
        except RefusedTargetError:
            raise FailedError(_UNTREATABLE) from None
        assert isinstance(body, bytes), "it comes back in the form in which it was given"
        return with_model(body, upstream.model)

    async def _whole(
        self,
        asked: Asked,
        upstream: Upstream,
        answer: Given,
        attempt: Attempt,
        span: AttemptSpan,
    ) -> Reply:
        raw = await answer.read(self.limits.answer)
        span.answered(answer.status, raw)
        try:
            body = await self.offloading.do(
                len(raw),
                lambda: asked.enforced.response(upstream.name, raw),
                in_session=asked.in_session,
            )
        except BodyError:
            # An error that is no JSON is still one; its words stay here.
            raise FailedError(
                "unreadable" if answer.status == 200 else str(answer.status)
            ) from None
        except RefusedResponseError as error:
            attempt.end()
            raise refused(error) from None
        return Reply(upstream.name, answer.status, body)

    async def _streamed(
        self,
        asked: Asked,
        upstream: Upstream,
        answer: Given,
        span: AttemptSpan,
        ending: ExitStack,
    ) -> Reply:
        """A stream of which the beginning has come: from here on, no other target is asked."""
        raw = answer.chunks()
        try:
            first = await anext(raw)
        except StopAsyncIteration:
            raise FailedError("empty") from None
        streamed = StreamUsage()
        try:
            chunks = asked.enforced.response_stream(upstream.name, self._rest(first, raw, streamed))
        except RefusedResponseError as error:
            raise refused(error) from None
        except RequestError:
            raise FailedError("unreadable") from None
        began = time.perf_counter()
        ending.callback(lambda: span.used(streamed.said))
        chunks = self._timed(began, chunks)
        return Reply(upstream.name, 200, chunks=chunks, ending=ending.pop_all(), streamed=streamed)

    async def _timed(self, began: float, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """What goes to the caller; how long its beginning was held back is counted."""
        is_first = True
        async for chunk in chunks:
            if is_first:
                is_first = False
                self.metrics.observe(STREAM, time.perf_counter() - began)
            yield chunk

    async def _rest(
        self, first: bytes, raw: AsyncIterator[bytes], streamed: StreamUsage
    ) -> AsyncIterator[bytes]:
        """What a target streams.  One that breaks off or falls silent just ends here.

        Whoever reads it then ends the answer as one that is cut short.
        """
        streamed.feed(first)
        yield first
        while True:
            try:
                more = await within(self.times.idle, anext(raw))
            except StopAsyncIteration:
                streamed.is_whole = True
                return
            except (TimeoutError, TransportError):
                return
            streamed.feed(more)
            yield more


def nobody(attempts: Attempts) -> ProblemError:
    """All targets failed."""
    told = attempts.told
    message = f"no target answered ({', '.join(map(str, told))})"
    if all(each.result == "down" for each in told):
        return ProblemError(503, NOBODY, message, headers={"retry-after": "1"})
    is_late = told[-1].result in ("timeout", "no-time")
    return ProblemError(504 if is_late else 502, NOBODY, message)
