"""Processors that are not epol: they do to Envoy what a test wants to see the end of."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import grpc

from epol.gateway.envoy.listening import SERVICE

Behaviour = Callable[[Any], Awaitable[None]]


async def closes_in_good_order(context: Any) -> None:  # noqa: ANN401 (grpc's)
    """Say nothing, and end the stream without an error."""
    await context.read()


@asynccontextmanager
async def processor(path: str, behaviour: Behaviour) -> AsyncGenerator[None]:
    """A processor at a socket."""

    async def process(_requests: object, context: Any) -> None:  # noqa: ANN401 (grpc's)
        await behaviour(context)

    server = grpc.aio.server()
    handler = cast(Any, grpc.stream_stream_rpc_method_handler(process))
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(SERVICE, {"Process": handler}),)
    )
    server.add_insecure_port(f"unix:{path}")
    await server.start()
    try:
        yield
    finally:
        await server.stop(None)
