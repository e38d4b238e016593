"""A decided request on its way: to one target after the other until one answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from epol.engine import BodyError, Enforced, RefusedResponseError, RefusedTargetError
from epol.gateway.apis import Endpoint
from epol.gateway.bodies import with_model
from epol.gateway.problems import ProblemError, Why
from epol.gateway.settings import Limits, Times
from epol.gateway.transport import Answer, Transport, TransportError
from epol.gateway.upstreams import Upstream

_ITS_OWN_FAULT = (400, 413, 422)
"""Answers that say something of the request; of all other errors another target may be free."""


class FailedError(Exception):
    """A target did not answer as it should; `kind` says how."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes to the caller: of which target, with which status, and the treated body."""

    target: str
    status: int
    body: bytes = field(repr=False)


@dataclass
class Attempts:
    """The targets that were tried, each with what came of it."""

    told: list[str] = field(default_factory=list[str])

    def add(self, target: str, result: str | int) -> None:
        """One more attempt."""
        self.told.append(f"{target}={result}")

    @property
    def header(self) -> str:
        """For the caller: names of targets and of failures."""
        return " ".join(self.told)


@dataclass(frozen=True)
class Forwarder:
    """Sends requests to targets, as long as there is time."""

    transport: Transport
    times: Times
    limits: Limits

    async def forward(
        self,
        enforced: Enforced,
        route: Sequence[Upstream],
        endpoint: Endpoint,
        given: Mapping[str, str],
        attempts: Attempts,
    ) -> Reply:
        """The answer of the first target of a route that gives one.

        Each gets the body that is treated for it.  Raises `ProblemError`.
        """
        deadline = time.monotonic() + self.times.deadline
        for upstream in route:
            if time.monotonic() >= deadline:
                break
            try:
                reply = await self._within(deadline, enforced, upstream, endpoint, given)
            except FailedError as error:
                attempts.add(upstream.name, error.kind)
                continue
            attempts.add(upstream.name, reply.status)
            return reply
        raise _nobody(attempts)

    async def _within(
        self,
        deadline: float,
        enforced: Enforced,
        upstream: Upstream,
        endpoint: Endpoint,
        given: Mapping[str, str],
    ) -> Reply:
        left = min(self.times.attempt, deadline - time.monotonic())
        try:
            async with asyncio.timeout(left):
                return await self._ask(enforced, upstream, endpoint, given)
        except TimeoutError:
            raise FailedError("timeout") from None
        except TransportError as error:
            raise FailedError(error.kind) from None

    async def _ask(
        self,
        enforced: Enforced,
        upstream: Upstream,
        endpoint: Endpoint,
        given: Mapping[str, str],
    ) -> Reply:
        body = body_for(enforced, upstream)
        answer = await self.transport.post(
            upstream.url + endpoint.path, upstream.headers_for(endpoint.wire, given), body
        )
        try:
            return await self._reply(enforced, upstream, answer)
        finally:
            answer.close()

    async def _reply(self, enforced: Enforced, upstream: Upstream, answer: Answer) -> Reply:
        if answer.status != 200 and answer.status not in _ITS_OWN_FAULT:
            raise FailedError(str(answer.status))
        raw = await answer.read(self.limits.answer)
        try:
            return Reply(upstream.name, answer.status, enforced.response(upstream.name, raw))
        except BodyError:
            # An error that is no JSON is still one; its words stay here.
            raise FailedError(
                "unreadable" if answer.status == 200 else str(answer.status)
            ) from None
        except RefusedResponseError as error:
            raise refused(error) from None


def body_for(enforced: Enforced, upstream: Upstream) -> bytes:
    """The body as it goes to a target.  Raises `FailedError` where it cannot be treated for it."""
    try:
        body = enforced.body_for(upstream.name)
    except RefusedTargetError:
        raise FailedError("untreatable") from None
    assert isinstance(body, bytes), "it comes back in the form in which it was given"
    return with_model(body, upstream.model)


def refused(error: RefusedResponseError) -> ProblemError:
    """An answer, or a tool call in it, that may not go on."""
    code = "answer-held" if error.is_held else "answer-blocked"
    return ProblemError(403, code, str(error), tuple(Why(rule) for rule in error.rules))


def _nobody(attempts: Attempts) -> ProblemError:
    if not attempts.told:
        return ProblemError(504, "deadline", "the time for the request was over")
    is_late = attempts.told[-1].endswith("=timeout")
    return ProblemError(
        504 if is_late else 502,
        "no-target-answered",
        f"no target answered ({', '.join(attempts.told)})",
    )
