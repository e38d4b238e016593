"""What is known of sessions in a Redis server, for the gateways of several machines."""

from __future__ import annotations

from epol.engine.redis_server import RedisServer
from epol.gateway.settings import SettingsError
from epol.gateway.turns import MOST_COUNT, StoreError, Turns

_PREFIX = b"epol:{turns}:"


class RedisTurns:
    """A `TurnStore` in a server, which lets go of sessions that are silent for `seconds`.

    `url` is never repeated; `patience` is how many seconds to wait for an answer.
    """

    def __init__(self, url: str, seconds: float, *, patience: float = 1.0) -> None:
        """Connects when it is used.  Raises `SettingsError`."""
        self._seconds = max(round(seconds), 1)
        try:
            self._server = RedisServer(
                url, "the server of sessions", StoreError, patience=patience, again=0
            )
        except StoreError as error:
            raise SettingsError(f"redis_env: {error}") from None

    def __repr__(self) -> str:
        return "<RedisTurns>"

    def read(self, session: bytes) -> Turns | None:
        """See `TurnStore.read`."""
        with self._server.told():
            count, target = self._server.client.hmget(_PREFIX + session, "count", "target")
        if count is None or target is None:
            return None
        return Turns(min(int(count), MOST_COUNT), target.decode())

    def add(self, session: bytes, target: str) -> None:
        """See `TurnStore.add`."""
        key = _PREFIX + session
        with self._server.told(), self._server.client.pipeline() as together:
            together.hincrby(key, "count", 1)
            together.hset(key, "target", target)
            together.expire(key, self._seconds)
            together.execute()
