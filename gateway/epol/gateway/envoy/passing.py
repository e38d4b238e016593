"""Envoy as the transport that asks the target: the request that it holds goes on."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from epol.gateway.asking import Given
from epol.gateway.envoy.conversation import Conversation

_now: ContextVar[Conversation] = ContextVar("conversation")


@contextmanager
def about(conversation: Conversation) -> Generator[None]:
    """What is asked of `Passing` here, and in tasks made here, is said in a conversation."""
    token = _now.set(conversation)
    try:
        yield
    finally:
        _now.reset(token)


class Passing:
    """Asks as `Asks` says.  A request that went on cannot go anywhere else."""

    asks_once = True

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Given:
        """See `Asks.post`.  The address is not used: the route's cluster has it."""
        del url
        return await _now.get().post(dict(headers), body)

    async def close(self) -> None:
        """Nothing is open."""
