"""Where Envoy asks: a gRPC server, and the only place that imports one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any, cast

import grpc

from epol.gateway.app import Gateway
from epol.gateway.envoy.processing import BrokenError, Processor
from epol.gateway.settings import Limits, Settings, SettingsError
from epol.gateway.upstreams import TARGET_HEADER

SERVICE = "envoy.service.ext_proc.v3.ExternalProcessor"
# It ships no types.
_health: Any = import_module("grpc_health.v1.health")
_health_pb2: Any = import_module("grpc_health.v1.health_pb2")
_health_grpc: Any = import_module("grpc_health.v1.health_pb2_grpc")
_FRAME = 1024 * 1024
"""What a message has beside its body, at most."""

Context = Any
"""A `grpc.aio.ServicerContext`, whose types say that it takes what it does not give."""


class Stream:
    """A `Link` over one gRPC stream, read ahead by a message: the next is asked for as one comes.

    A task for each message, shielded from who gives up waiting for it, costs more.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._came: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=1)
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        found: bytes | None = b""
        while found is not None:
            found = await self._next()
            await self._came.put(found)

    async def _next(self) -> bytes | None:
        try:
            found = await self._context.read()
        except Exception:  # noqa: BLE001 (whatever it is, nothing more comes)
            return None
        return None if found is grpc.aio.EOF else cast(bytes, found)

    async def read(self) -> bytes | None:
        """See `Link.read`.  What is given up is there for the next."""
        found = await self._came.get()
        if found is None:
            self._came.put_nowait(None)
        return found

    async def write(self, *messages: bytes) -> None:
        """See `Link.write`."""
        for message in messages:
            await self._context.write(message)

    def close(self) -> None:
        """Read no more."""
        self._reading.cancel()


class EnvoyServer:
    """Listens for Envoy."""

    def __init__(self, gateway: Gateway, processor: Processor, settings: Settings) -> None:
        self._gateway, self._processor, self._settings = gateway, processor, settings
        self._wants_end, self._wants_end_now = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def listening(self, address: str) -> AsyncGenerator[str]:
        """Take streams at `unix:/path` or `host:port`, as long as this is open; the address.

        Then no new ones are taken, and those under way have `times.drain` seconds.
        Raises `SettingsError`.
        """
        server = grpc.aio.server(
            options=_options(self._settings.limits),
            maximum_concurrent_rpcs=self._settings.limits.connections,
        )
        server.add_generic_rpc_handlers((self._handler(),))
        alive = _health.aio.HealthServicer()
        _health_grpc.add_HealthServicer_to_server(alive, server)
        try:
            port = server.add_insecure_port(address)
        except RuntimeError:
            raise SettingsError(f"{address}: nothing can listen there") from None
        await self._gateway.start()
        await server.start()
        for name in ("", SERVICE):
            await alive.set(name, _health_pb2.HealthCheckResponse.SERVING)
        try:
            yield address if address.startswith("unix:") else f"{address.rpartition(':')[0]}:{port}"
        finally:
            await alive.enter_graceful_shutdown()
            self._gateway.is_ready = False
            await self._end(server)
            await self._gateway.stop()

    async def told(self) -> None:
        """Wait until `stop` is called."""
        await self._wants_end.wait()

    def stop(self) -> None:
        """End when what is under way has; asked for twice, at once."""
        if self._wants_end.is_set():
            self._wants_end_now.set()
        self._wants_end.set()

    async def _end(self, server: grpc.aio.Server) -> None:
        ending = asyncio.create_task(server.stop(self._settings.times.drain))
        hurry = asyncio.create_task(self._wants_end_now.wait())
        await asyncio.wait({ending, hurry}, return_when=asyncio.FIRST_COMPLETED)
        hurry.cancel()
        if not ending.done():
            await server.stop(0)
        await ending

    def _handler(self) -> grpc.GenericRpcHandler:
        process = cast(Any, grpc.stream_stream_rpc_method_handler(self._process))
        return grpc.method_handlers_generic_handler(SERVICE, {"Process": process})

    async def _process(self, _requests: object, context: Context) -> None:
        fixed = [v for name, v in context.invocation_metadata() or () if name == TARGET_HEADER]
        stream = Stream(context)
        try:
            await self._processor.process(stream, fixed)
        except BrokenError:
            await context.abort(grpc.StatusCode.INTERNAL, "broken off")
        finally:
            stream.close()


def _options(limits: Limits) -> list[tuple[str, int]]:
    return [
        ("grpc.max_receive_message_length", max(limits.body, limits.answer) + _FRAME),
        ("grpc.max_send_message_length", -1),
        ("grpc.so_reuseport", 0),
    ]
