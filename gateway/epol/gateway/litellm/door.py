"""What is used of LiteLLM, with types: the only place that imports it.

LiteLLM is not there where types are checked, so what stands under `TYPE_CHECKING` says of it what
is relied on here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from epol.gateway.asgi import Receive, Scope, Send

    _Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

    class CustomGuardrail:
        """Whose methods the proxy and its router call."""

        def __init__(self, guardrail_name: str, *, default_on: bool) -> None: ...

    class ProxyException(Exception):  # noqa: N818 (its name there)
        """What the proxy answers with, as it stands."""

        def __init__(
            self, message: str, type: str, param: str | None, code: int, headers: dict[str, str]
        ) -> None: ...

    class ModelResponseStream:
        """A piece of a chat that is streamed."""

        def __init__(self, **fields: object) -> None: ...

    class App:
        """The proxy as an ASGI application."""

        middleware_stack: _Asgi | None

        def build_middleware_stack(self) -> _Asgi: ...

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...

    app: App

    def is_litellm_owned_kwarg(name: str) -> bool:
        """Whether an argument of a call is for LiteLLM, and so is not sent to the model."""
        ...

    def deployment(identity: str) -> dict[str, Any] | None:
        """A deployment by the id that LiteLLM gave it, as its configuration has it."""
        ...

else:
    from litellm.integrations.custom_guardrail import CustomGuardrail
    from litellm.proxy import proxy_server
    from litellm.proxy._types import ProxyException
    from litellm.proxy.proxy_server import app
    from litellm.types.utils import ModelResponseStream, is_litellm_owned_kwarg

    def deployment(identity):
        """See above."""
        router = proxy_server.llm_router
        return None if router is None else router.get_model_info(id=identity)


__all__ = [
    "CustomGuardrail",
    "ModelResponseStream",
    "ProxyException",
    "app",
    "deployment",
    "is_litellm_owned_kwarg",
]
