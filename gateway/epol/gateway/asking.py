"""How targets are asked: what a transport gives, whichever it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Protocol


class Given(Protocol):
    """What a target answers, of which the head has come."""

    @property
    def status(self) -> int:
        """Its HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """By name in lower case, or in whatever case is asked for."""
        ...

    async def read(self, most: int) -> bytes:
        """The whole body.  Raises `TransportError`, also for one of more bytes than `most`."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes.  Raises `TransportError`."""
        ...

    def close(self) -> None:
        """Nothing more of it is wanted."""
        ...


class Asks(Protocol):
    """Sends requests to targets."""

    @property
    def asks_once(self) -> bool:
        """Whether one target can be asked for a request, and no other one if that fails."""
        ...

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Given:
        """Send a request; the answer, once its head has come.  Raises `TransportError`."""
        ...

    async def close(self) -> None:
        """Give back what is open."""
        ...
