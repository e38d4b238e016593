"""A Redis server, or one that speaks its protocol, as vaults, books and gateways use it.

The door to redis-py, which the extra `redis` brings; it is imported when it is needed.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any


class RedisServer:
    """A client, which connects when it is used.  Threads share it, and forked children go on.

    `url` is `redis://…`, `rediss://…` (TLS) or `unix://…`; it may hold a password, and is never
    repeated.  `patience` is how many seconds to wait for an answer; what was not answered is
    asked `again` so often.  What goes wrong is raised as `error`, which begins with `name`.
    """

    def __init__(
        self, url: str, name: str, error: type[Exception], *, patience: float, again: int
    ) -> None:
        """Raises `error` where redis-py is not there, or the URL is none."""
        self._name, self._error = name, error
        try:
            self.module: Any = import_module("redis")
        except ImportError:
            raise error("redis is not installed; install `epol[redis]`") from None
        backoff = import_module("redis.backoff").NoBackoff()
        try:
            self.client: Any = self.module.Redis.from_url(
                url,
                socket_timeout=patience,
                socket_connect_timeout=patience,
                retry=import_module("redis.retry").Retry(backoff, again),
            )
        except ValueError:
            raise error(f"{name} needs a URL of Redis (`redis://…`)") from None

    @contextmanager
    def told(self) -> Generator[None]:
        """Errors of redis-py in words, which repeat nothing of what was read or written."""
        try:
            yield
        except self.module.RedisError as error:
            # The class says enough; its words may name the server and its user.
            raise self._error(f"{self._name} cannot be used ({type(error).__name__})") from None

    def check_it_keeps(self) -> None:
        """Ask the server whether it keeps what it has.  Raises the error where it does not."""
        with self.told():
            memory = self.client.info("memory")
        policy = memory.get("maxmemory_policy", "noeviction")
        if memory.get("maxmemory", 0) and policy != "noeviction":
            raise self._error(
                f"{self._name} throws out what is in use when its memory is full ({policy});"
                " set its maxmemory-policy to noeviction"
            )
