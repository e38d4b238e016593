"""A store in a Redis server, or one that speaks its protocol: for processes of many machines."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, cast

from epol.engine.errors import VaultError, VaultFullError
from epol.engine.redis_server import RedisServer
from epol.engine.vault import redis_scripts as scripts
from epol.engine.vault.store import Header, Times
from epol.engine.vault.vault import Counts, Limits, erased

_MOST_ASKED = 500


class _Script(Protocol):
    def __call__(self, keys: list[bytes], args: list[bytes | int]) -> object: ...


class _Client(Protocol):
    def register_script(self, script: str) -> _Script: ...
    def hget(self, name: bytes, key: bytes) -> bytes | None: ...
    def hdel(self, name: bytes, *keys: bytes) -> int: ...
    def hmget(self, name: bytes, keys: list[bytes]) -> list[bytes | None]: ...
    def zrange(self, name: bytes, start: int, end: int) -> list[bytes]: ...
    def info(self, section: str) -> Mapping[str, Any]: ...
    def close(self) -> None: ...


class RedisStore:
    """See `Store`.

    `url` is that of a server: `redis://…`, `rediss://…` (TLS) or `unix://…`; it may hold a
    password, and is never repeated.  `patience` is how many seconds to wait for an answer.
    Vaults of different names share nothing.  A server that throws out what is in use when
    its memory is full is refused.
    """

    def __init__(self, url: str, *, name: str = "vault", patience: float = 2.0) -> None:
        """Asks the server something.  Raises `VaultError`."""
        self._server = RedisServer(
            url, "the vault's server", VaultError, patience=patience, again=1
        )
        # In braces, so that a cluster keeps all of it in one place.
        self._prefix = f"epol:{{{name}}}:".encode()
        self._server.check_it_keeps()
        self._client = cast(_Client, self._server.client)
        self._scripts: dict[str, _Script] = {}

    def __repr__(self) -> str:
        return "<RedisStore>"

    @contextmanager
    def _told(self) -> Generator[None]:
        with self._server.told():
            try:
                yield
            except self._server.module.OutOfMemoryError:
                raise VaultFullError("the memory of the vault's server is full") from None

    def _run(self, script: str, *values: bytes | int) -> object:
        with self._told():
            known = self._scripts.get(script)
            if known is None:
                known = self._scripts[script] = self._client.register_script(script)
            return known(keys=[self._prefix], args=list(values))

    def read(self, name: bytes) -> bytes | None:
        """See `Store.read`."""
        with self._told():
            return self._client.hget(self._prefix + b"settings", name)

    def write_once(self, name: bytes, value: bytes) -> bytes:
        """See `Store.write_once`."""
        return cast(bytes, self._run(scripts.WRITE_ONCE, name, value))

    def remove(self, name: bytes) -> None:
        """See `Store.remove`."""
        with self._told():
            self._client.hdel(self._prefix + b"settings", name)

    def find(self, name: bytes, subject: bytes | None, times: Times) -> Header | None:
        """See `Store.find`."""
        found = self._run(scripts.FIND, name, subject or b"", *times)
        return None if found is None else Header(*cast(list[bytes], found))

    def begin(self, name: bytes, header: Header, subject: bytes | None, times: Times) -> Header:
        """See `Store.begin`."""
        found = self._run(scripts.BEGIN, name, subject or b"", *times, *header)
        return Header(*cast(list[bytes], found))

    def get(self, handle: bytes, rows: Collection[bytes]) -> Mapping[bytes, bytes]:
        """See `Store.get`."""
        ordered = list(rows)
        found: dict[bytes, bytes] = {}
        for at in range(0, len(ordered), _MOST_ASKED):
            some = ordered[at : at + _MOST_ASKED]
            with self._told():
                held = self._client.hmget(self._prefix + b"h:" + handle, some)
            found.update((row, each) for row, each in zip(some, held, strict=True) if each)
        return found

    def all(self, handle: bytes, most: int) -> Mapping[bytes, bytes] | None:
        """See `Store.all`."""
        found = cast(list[bytes] | None, self._run(scripts.ALL, handle, most))
        if found is None:
            return None
        # The session's own fields are among them; no row is called as they are.
        return dict(zip(found[::2], found[1::2], strict=True))

    def put(
        self, handle: bytes, rows: Mapping[bytes, bytes], limits: Limits, now: int
    ) -> Mapping[bytes, bytes]:
        """See `Store.put`."""
        pairs = (each for pair in rows.items() for each in pair)
        most = (limits.session_values, limits.values)
        outcome, *rest = cast(list[Any], self._run(scripts.PUT, handle, now, *most, *pairs))
        if outcome == b"gone":
            raise erased()
        if outcome == b"full":
            limits.check_room(*rest)
            raise VaultFullError("the vault is full")
        there: list[bytes] = rest[0]
        return dict(zip(there[::2], there[1::2], strict=True))

    def erase(self, name: bytes, handle: bytes | None = None) -> int:
        """See `Store.erase`; what a server has written to its disk is the server's."""
        return cast(int, self._run(scripts.ERASE, name, handle or b""))

    def erase_subject(self, subject: bytes) -> int:
        """See `Store.erase_subject`."""
        return cast(int, self._run(scripts.ERASE_SUBJECT, subject))

    def expire(self, now: int) -> int:
        """See `Store.expire`."""
        return cast(int, self._run(scripts.EXPIRE, now))

    def headers(self) -> Iterator[Header]:
        """See `Store.headers`."""
        with self._told():
            handles = self._client.zrange(self._prefix + b"ends", 0, -1)
        for handle in handles:
            with self._told():
                wrapped = self._client.hget(self._prefix + b"h:" + handle, b"wrapped")
            if wrapped is not None:
                yield Header(handle, wrapped)

    def rewrap(self, old: Header, wrapped: bytes) -> bool:
        """See `Store.rewrap`."""
        return bool(self._run(scripts.REWRAP, *old, wrapped))

    def settle(self) -> None:
        """See `Store.settle`; here there is nothing to do."""

    def count(self, now: int) -> Counts:
        """See `Store.count`."""
        return Counts(*cast(list[int], self._run(scripts.COUNT, now)))

    def close(self) -> None:
        """See `Store.close`."""
        with self._told():
            self._client.close()
