"""What is known of sessions in a Redis server, for the gateways of several machines.

A door to redis-py, which the extra `redis` brings; it is imported when it is needed.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

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
            self._redis: Any = import_module("redis")
            backoff = import_module("redis.backoff").NoBackoff()
            once = import_module("redis.retry").Retry(backoff, 0)
            self._client: Any = self._redis.Redis.from_url(
                url, socket_timeout=patience, socket_connect_timeout=patience, retry=once
            )
        except ImportError:
            raise SettingsError("redis is not installed; install `epol[redis]`") from None
        except ValueError:
            raise SettingsError("redis_env: it has no URL of Redis (`redis://…`)") from None

    def __repr__(self) -> str:
        return "<RedisTurns>"

    def read(self, session: bytes) -> Turns | None:
        """See `TurnStore.read`."""
        try:
            count, target = self._client.hmget(_PREFIX + session, "count", "target")
        except self._redis.RedisError as error:
            raise StoreError(type(error).__name__) from None
        if count is None or target is None:
            return None
        return Turns(min(int(count), MOST_COUNT), target.decode())

    def add(self, session: bytes, target: str) -> None:
        """See `TurnStore.add`."""
        key = _PREFIX + session
        try:
            with self._client.pipeline() as together:
                together.hincrby(key, "count", 1)
                together.hset(key, "target", target)
                together.expire(key, self._seconds)
                together.execute()
        except self._redis.RedisError as error:
            raise StoreError(type(error).__name__) from None
