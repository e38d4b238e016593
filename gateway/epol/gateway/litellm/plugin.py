"""What epol does with a request in LiteLLM: it decides, chooses, treats, restores and refuses."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, AsyncIterable, Mapping, Sequence
from typing import Any

import msgspec

from epol.engine import BodyError, Enforced, RefusedResponseError, RefusedTargetError, RequestError
from epol.gateway import metering
from epol.gateway.apis import BY_API
from epol.gateway.bodies import said_in
from epol.gateway.callers import ANYBODY, Who
from epol.gateway.exchange import Exchange
from epol.gateway.forwarding import ITS_OWN_FAULT, nobody
from epol.gateway.host import Host
from epol.gateway.litellm import answers
from epol.gateway.litellm.arguments import (
    APIS,
    Arguments,
    body_of,
    check_asked,
    identity,
    with_body,
    written,
)
from epol.gateway.litellm.calls import Attempt, Call, call_of, put_ticket
from epol.gateway.litellm.refusals import told
from epol.gateway.litellm.routing import Deployment, approve, target_of, unmapped, usable
from epol.gateway.metrics import Metrics
from epol.gateway.problems import ProblemError, blocked, not_permitted, refused
from epol.gateway.telling import unknown_endpoint

_CHAT = "openai.chat"


class Plugin:
    """The policy, for the requests of one proxy.  Its methods raise `ProblemError`."""

    def __init__(self, host: Host, metrics: Metrics) -> None:
        self._host, self._metrics = host, metrics
        self._offloading, self._verdicts = host.offloading, host.verdicts

    async def open(self, data: dict[str, Any], name: str, key: str | None) -> None:
        """Decide a request and put a ticket on it; the proxy knows its caller by `key`."""
        # By the first request, in the process that serves it.
        self._host.start()
        if name not in APIS:
            raise unknown_endpoint()
        request = data["proxy_server_request"]
        # Headers of the caller's, on their way to a model.
        data.pop("provider_specific_header", None)
        check_asked(data, request["body"])
        headers = _headers(data)
        who = self._who(headers, key)
        body = _body(data, name)
        raw, model = written(body), data.get("model")
        enforced = await self._enforced(APIS[name], who, headers, model, raw)
        exchange = Exchange(BY_API[APIS[name]])
        exchange.enforced = enforced
        call = Call(name, who, headers, model, raw, identity(body), enforced, exchange)
        put_ticket(data, call)
        told().headers = lambda: call.told_headers
        if not enforced.decision.order:
            call.refusal = blocked(enforced.decision)
            raise call.refusal

    def _who(self, headers: dict[str, str], key: str | None) -> Who:
        """The caller of the configuration, or else whoever has the key that the proxy knows."""
        who = self._host.shared.callers.who(headers)
        if who is not ANYBODY or not key:
            return who
        return Who(f"key-{hashlib.sha256(key.encode()).hexdigest()[:16]}", {})

    async def choose(self, call: Call, deployments: Sequence[Deployment]) -> list[Deployment]:
        """The deployments that may have a request now."""
        return await usable(call, deployments, self._verdicts)

    async def attempt(
        self, arguments: Arguments, name: str, deployment: Deployment | None
    ) -> dict[str, Any]:
        """The arguments of a call of a deployment, with the body that is treated for its target.

        A call within another, where LiteLLM translates between APIs, is judged by itself too.
        """
        call = call_of(arguments)
        target = target_of(deployment)
        if call.refusal is not None:
            raise call.refusal
        if call.is_answering:
            raise ProblemError(502, "no-target-answered", "the answer had begun, and broke off")
        if name not in APIS:
            raise unknown_endpoint()
        if deployment is None or target is None:
            raise unmapped()
        _check_address(arguments, deployment)
        enforced = await self._verdict(call, arguments, name)
        treated = await self._treated(call, enforced, target)
        if name == call.name:
            told().was_sent = True
            call.begin(Attempt(deployment["model_info"]["id"], target, enforced))
        return with_body(arguments, name, treated)

    async def _verdict(self, call: Call, arguments: Arguments, name: str) -> Enforced:
        """What was decided, if it is still the same body; else what the policy says of this one."""
        body = _body(arguments, name)
        if name == call.name and identity(body) == call.identity:
            return call.enforced
        raw = written(body)
        return await self._enforced(APIS[name], call.who, call.headers, call.model, raw)

    async def _treated(self, call: Call, enforced: Enforced, target: str) -> bytes:
        decision = enforced.decision
        if target not in decision.order:
            raise not_permitted(decision, target)
        if enforced is call.enforced and decision.targets[target].hold:
            await approve(call, target, self._verdicts)
        try:
            body = await self._offloading.do(
                len(call.body), lambda: enforced.body_for(target), in_session=call.in_session
            )
        except RefusedTargetError:
            raise not_permitted(decision, target) from None
        assert isinstance(body, bytes), "it comes back in the form in which it was given"
        return body

    async def _enforced(
        self, api: str, who: Who, headers: Mapping[str, str], model: object, raw: bytes
    ) -> Enforced:
        said = msgspec.structs.replace(said_in(raw), model=model)
        return await self._verdicts.enforced(api, who, headers, raw, said)

    async def answer(self, call: Call, answer: object) -> object:
        """A whole answer as it may go to the caller."""
        attempt = call.answered(answers.deployment_of(answer))
        call.exchange.attempts.add(attempt.target, 200)
        call.exchange.has_begun = True
        try:
            raw = answers.as_bytes(answer)
            body = await self._offloading.do(
                len(raw),
                lambda: attempt.enforced.response(attempt.target, raw),
                in_session=call.in_session,
            )
            await self._verdicts.turned(call.who, call.headers, attempt.target)
            return answers.like(answer, body)
        except BodyError:
            raise ProblemError(502, "unreadable", "the answer is not one of this API") from None
        except RefusedResponseError as error:
            raise refused(error) from None

    async def stream(self, call: Call, pieces: AsyncIterable[Any]) -> AsyncGenerator[object]:
        """A streamed answer as it may go to the caller."""
        source = aiter(pieces)
        try:
            first = await anext(source)
        except StopAsyncIteration:
            raise ProblemError(502, "no-target-answered", "the answer is empty") from None
        attempt = call.answered(answers.deployment_of(first) or answers.deployment_of(pieces))
        call.exchange.attempts.add(attempt.target, 200)
        is_chat = call.api == _CHAT
        events = answers.as_events(_again(first, source), ends=is_chat)
        try:
            made = attempt.enforced.response_stream(attempt.target, events)
        except RefusedResponseError as error:
            await answers.close(source)
            raise refused(error) from None
        except RequestError:
            await answers.close(source)
            raise ProblemError(502, "unreadable", "this endpoint has no streams") from None
        call.exchange.has_begun = True
        await self._verdicts.turned(call.who, call.headers, attempt.target)
        treated = answers.chat_pieces(made) if is_chat else answers.whole_events(made)
        try:
            async for each in treated:
                yield each
        finally:
            await answers.close(treated)
            await answers.close(made)

    def close(self, call: Call, problem: ProblemError | None = None) -> None:
        """Count and log a request that is over."""
        exchange = call.exchange
        if problem is not None:
            exchange.status, exchange.problem = problem.status, problem
        metering.count(self._metrics, exchange)
        exchange.log()

    async def failure(self, call: Call, status: int, words: str) -> ProblemError | None:
        """What a caller is told where LiteLLM gives up; None where it is LiteLLM's own matter.

        What a target says of the request is treated like an answer; its other words stay here.
        """
        if call.refusal is not None:
            return call.refusal
        attempt = call.last
        if attempt is None:
            return call.passed_over
        if status not in ITS_OWN_FAULT:
            return nobody(call.exchange.attempts)
        said = msgspec.json.encode({"error": {"message": words}})
        try:
            treated = await self._offloading.do(
                len(said),
                lambda: attempt.enforced.response(attempt.target, said),
                in_session=call.in_session,
            )
        except RefusedResponseError as error:
            return refused(error)
        message = msgspec.json.decode(treated)["error"]["message"]
        return ProblemError(status, "refused-by-target", str(message))


async def _again(first: object, rest: AsyncIterable[object]) -> AsyncGenerator[object]:
    """What has come of a stream, and what follows."""
    yield first
    async for each in rest:
        yield each


def _body(arguments: Arguments, name: str) -> dict[str, Any]:
    """Raises `ProblemError` where there is none."""
    found = body_of(arguments, name)
    if not found:
        raise ProblemError(400, "bad-request", "the request has no body")
    return found


def _headers(data: Arguments) -> dict[str, str]:
    """The header of a request, by name in lower case."""
    raw = data["secret_fields"]["raw_headers"]
    return {str(name).lower(): str(value) for name, value in raw.items()}


def _check_address(arguments: Arguments, deployment: Deployment) -> None:
    """Raise `ProblemError` where a call does not go to where its deployment is."""
    own = deployment["litellm_params"]
    for name in ("api_base", "base_url"):
        if arguments.get(name) != own.get(name):
            raise ProblemError(403, "blocked", "the address is not that of the deployment")
