"""The methods that LiteLLM's proxy and router call: each leads to the plugin, and fails closed."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

from epol.gateway.litellm.arguments import part
from epol.gateway.litellm.calls import Call, call_of
from epol.gateway.litellm.door import CustomGuardrail, ProxyException, deployment
from epol.gateway.litellm.plugin import Plugin
from epol.gateway.litellm.refusals import told
from epol.gateway.problems import ProblemError

_log = logging.getLogger("epol.gateway")
_TIMEOUT = 408


class EpolGuardrail(CustomGuardrail):
    """epol as a guardrail, which nobody can turn off for a request, and a filter of the router."""

    def __init__(self, plugin: Plugin) -> None:
        super().__init__(guardrail_name="epol", default_on=True)
        self._plugin = plugin

    def should_run_guardrail(self, data: object, event_type: object) -> bool:
        """Always: neither a request nor a key's settings may do without it."""
        return True

    def mark_pre_call_hook_ran(self, data: object) -> None:
        """Nothing: LiteLLM would write it into metadata that are the request's own."""

    async def async_pre_call_hook(
        self, user_api_key_dict: object, cache: object, data: dict[str, Any], call_type: str
    ) -> dict[str, Any]:
        """Before anything else is done with a request."""
        with _refusing():
            await self._plugin.open(data, call_type, getattr(user_api_key_dict, "api_key", None))
        return data

    async def async_filter_deployments(
        self,
        model: str,
        healthy_deployments: list[dict[str, Any]],
        messages: object,
        request_kwargs: dict[str, Any] | None = None,
        parent_otel_span: object = None,
    ) -> list[Mapping[str, Any]]:
        """Before the router chooses a deployment, for each attempt and fallback."""
        with _refusing():
            return await self._plugin.choose(call_of(request_kwargs), healthy_deployments)

    async def async_pre_call_deployment_hook(
        self, kwargs: dict[str, Any], call_type: object
    ) -> dict[str, Any]:
        """Before a deployment is asked, however it was chosen."""
        with _refusing():
            name = str(getattr(call_type, "value", call_type))
            found = deployment(_identity(kwargs))
            return await self._plugin.attempt(kwargs, name, found)

    async def async_post_call_failure_deployment_hook(
        self,
        request_data: Mapping[str, Any],
        exception: Exception,
        call_type: object,
        fallback_depth: int | None = None,
    ) -> None:
        """When a deployment has failed."""
        call = call_of(request_data)
        if getattr(call_type, "value", call_type) == call.name:
            status = _status(exception)
            result = "timeout" if status == _TIMEOUT else str(status)
            call.fail(_identity(request_data), result)

    async def async_post_call_success_deployment_hook(
        self, request_data: object, response: object, call_type: object
    ) -> None:
        """Nothing yet: what is restored here would go to LiteLLM's cache and logs."""

    async def async_post_call_success_hook(
        self, data: dict[str, Any], user_api_key_dict: object, response: object
    ) -> object:
        """Before a whole answer goes to the caller."""
        with _refusing():
            call = call_of(data)
        with _refusing():
            answer = await self._plugin.answer(call, response)
        self._plugin.close(call)
        return answer

    async def async_post_call_streaming_iterator_hook(
        self, user_api_key_dict: object, response: AsyncIterable[Any], request_data: dict[str, Any]
    ) -> AsyncGenerator[object]:
        """Before the pieces of an answer go to the caller."""
        with _refusing():
            call = call_of(request_data)
        treated = self._plugin.stream(call, response)
        try:
            with _refusing():
                async for piece in treated:
                    yield piece
        finally:
            await treated.aclose()
        self._plugin.close(call)

    async def async_post_call_failure_hook(
        self,
        request_data: dict[str, Any],
        original_exception: Exception,
        user_api_key_dict: object,
        traceback_str: str | None = None,
    ) -> None:
        """Before the caller is told that a request failed."""
        call = _call_or_none(request_data)
        if call is None:
            return
        words = str(getattr(original_exception, "message", ""))
        try:
            problem = await self._problem(call, original_exception, words)
        except Exception as error:  # noqa: BLE001 (an error's words may be the request's)
            problem = _failed(error)
        if problem is not None:
            told().problem = problem
            self._plugin.close(call, problem)

    async def _problem(self, call: Call, error: Exception, words: str) -> ProblemError | None:
        own = error.problem if isinstance(error, RefusalError) else None
        if own is not None and call.is_answering:
            return own
        return await self._plugin.failure(call, _status(error), words) or own


class RefusalError(ProxyException):
    """A problem as LiteLLM can raise it, whose router does not try it again (`num_retries`)."""

    def __init__(self, problem: ProblemError) -> None:
        super().__init__(problem.message, "epol", None, problem.status, {})
        self.problem = problem
        self.status_code = problem.status
        self.num_retries = 0


def _call_or_none(data: Mapping[str, Any]) -> Call | None:
    try:
        return call_of(data)
    except ProblemError:
        return None


def _identity(arguments: Mapping[str, Any]) -> str:
    """The id of the deployment that a call is for."""
    return str(part(arguments, "model_info").get("id"))


def _status(error: Exception) -> int:
    said = getattr(error, "status_code", None)
    return said if isinstance(said, int) else 500


@contextmanager
def _refusing() -> Generator[None]:
    """Whatever fails within is a refusal, and says nothing of the request."""
    try:
        yield
    except RefusalError:
        raise
    except Exception as error:  # noqa: BLE001 (an error's words may be the request's)
        problem = error if isinstance(error, ProblemError) else _failed(error)
        told().problem = problem
        raise RefusalError(problem) from None


def _failed(error: Exception) -> ProblemError:
    _log.error("a request failed inside: %s", type(error).__name__)
    return ProblemError(500, "internal-error", "the gateway failed")
