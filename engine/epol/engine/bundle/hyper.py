"""The pattern database: which of many expressions a text matches, in one pass.

The door to Hyperscan.  A database is compiled without start of match and reports each
expression once, with the first end of it; almost every text ends here.  Offsets are
bytes of UTF-8.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import cast

import hyperscan

from epol.engine.bundle import cache
from epol.engine.bundle.exact import PatternRefusedError

_FLAGS = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_UTF8

Buffer = bytes | memoryview

Databases = Mapping[str, Buffer | hyperscan.Database]
"""Databases by key, serialized or as another scanner has them loaded.  A key is made of the
expressions, of Hyperscan's version and of the processor's features (`cache.key_of`): one from
elsewhere is simply not found.  Loading one runs native data as it stands, so they must come from
where their digest was verified."""

NO_DATABASES: Databases = {}

Hit = tuple[int, int]
"""The index of an expression and the first byte offset at which it ends."""


class DatabaseRefusedError(PatternRefusedError):
    """Hyperscan refuses some expressions; `refused` has its words by index."""

    def __init__(self, refused: dict[int, str]) -> None:
        super().__init__("; ".join(refused.values()))
        self.refused = refused


class Supply:
    """Where databases come from: `known` ones, else the cache in `folder`, else the compiler.

    Those that are asked for in its context are compiled by several threads, and are there when
    the context is left, which raises `DatabaseRefusedError`.
    """

    def __init__(self, folder: Path | None = None, known: Databases = NO_DATABASES) -> None:
        self._folder, self._known = folder, known
        self._pool: ThreadPoolExecutor | None = None
        self._awaited: list[tuple[Future[hyperscan.Database], _Taker]] = []

    def __enter__(self) -> Supply:
        # Hyperscan does not hold the interpreter's lock.  Threads begin when they are needed.
        self._pool = ThreadPoolExecutor(os.cpu_count(), "hyperscan")
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()
        awaited, self._pool, self._awaited = self._awaited, None, []
        for each, take in awaited:
            take(each.result())

    def provide(self, key: str, expressions: Sequence[str], ids: list[int], take: _Taker) -> None:
        """Give a database to who takes it, now or later.  Raises `DatabaseRefusedError`."""
        stored = self._known.get(key) or cache.read(self._folder, key)
        loaded = stored if isinstance(stored, hyperscan.Database) else _loaded(stored)
        if loaded is not None:
            take(loaded)
        elif self._pool is None:
            take(self._made(key, expressions, ids))
        else:
            self._awaited.append((self._pool.submit(self._made, key, expressions, ids), take))

    def _made(self, key: str, expressions: Sequence[str], ids: list[int]) -> hyperscan.Database:
        database = _compile(expressions, ids)
        cache.write(self._folder, key, hyperscan.dumpb(database))
        return database


_Taker = Callable[[hyperscan.Database], None]


class PatternDatabase:
    """Expressions compiled together.  Safe to share between threads."""

    def __init__(
        self,
        expressions: Sequence[str],
        supply: Supply | None = None,
        as_one: Sequence[object] = (),
    ) -> None:
        """Ask for it; without a `supply` it is compiled.

        Expressions for which `as_one` has the same are one: it is reported once that one of them
        matches, with the index of the first of them.  Raises `DatabaseRefusedError`.
        """
        self._size = len(expressions)
        first: dict[object, int] = {}
        ids = [first.setdefault(one, index) for index, one in enumerate(as_one)]
        ids = ids or list(range(self._size))
        self.key = _key(expressions, ids if as_one else ())
        """What it is found by among others."""
        self._database: hyperscan.Database | None = None
        self._scan: Callable[..., None] | None = None
        self._scratches = threading.local()
        if expressions:
            (supply or Supply()).provide(self.key, tuple(expressions), ids, self._take)

    def _take(self, database: hyperscan.Database) -> None:
        # It takes any buffer, though its types do not say so.
        self._database, self._scan = database, cast("Callable[..., None]", database.scan)

    def scan(self, data: Buffer) -> list[Hit]:
        """The expressions that match somewhere in a text, with their first end."""
        hits: list[Hit] = []
        if self._scan is None or not data:
            return hits
        try:
            scratch = self._scratches.scratch
        except AttributeError:
            # One scratch a thread; Hyperscan forbids to share one.
            scratch = self._scratches.scratch = hyperscan.Scratch(self._database)
        self._scan(data, _hit, 0, hits, scratch)
        return hits

    def serialized(self) -> bytes:
        """Native data, for this version of Hyperscan and processors like this one only."""
        return b"" if self._database is None else hyperscan.dumpb(self._database)

    @property
    def native(self) -> hyperscan.Database | None:
        """Hyperscan's own object, which never changes; None if it is empty."""
        return self._database

    def __len__(self) -> int:
        return self._size


def _hit(index: int, _start: int, end: int, _flags: int, hits: list[Hit]) -> None:
    hits.append((index, end))


@lru_cache(maxsize=1)
def _version() -> str:
    """Hyperscan's version; to ask for it reads a file each time."""
    return version("hyperscan")


def _key(expressions: Sequence[str], ids: Sequence[int]) -> str:
    return cache.key_of(_version(), " ".join(map(str, (_FLAGS, *ids))), *expressions)


def _loaded(stored: Buffer | None) -> hyperscan.Database | None:
    """A serialized database; None for one of another machine or version, which is made anew."""
    if stored is None:
        return None
    try:
        return hyperscan.loadb(bytes(stored), mode=hyperscan.HS_MODE_BLOCK)
    except hyperscan.HyperscanError:
        return None


def _compile(expressions: Sequence[str], ids: list[int]) -> hyperscan.Database:
    try:
        return _compiled(expressions, ids)
    except hyperscan.HyperscanError:
        # Hyperscan does not say which one it was.
        refused = {i: why for i, text in enumerate(expressions) if (why := refusal(text))}
        raise DatabaseRefusedError(refused or {0: "the patterns are too large together"}) from None


def _compiled(expressions: Sequence[str], ids: list[int]) -> hyperscan.Database:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[text.encode() for text in expressions],
        ids=ids,
        elements=len(expressions),
        flags=[_FLAGS] * len(expressions),
    )
    return database


def refusal(expression: str) -> str | None:
    """Why Hyperscan does not take an expression, in its words; None where it does."""
    try:
        _compiled([expression], [0])
    except hyperscan.HyperscanError as error:
        return str(error)
    return None
