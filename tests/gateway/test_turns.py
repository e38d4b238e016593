"""What is known of sessions: how many turns they had, and which target answered the last one."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import AbstractAsyncContextManager, closing
from multiprocessing import get_context
from pathlib import Path

import pytest

from epol.engine.bundle.manifest import Attribute, Manifest
from epol.engine.loading import open_bundle
from epol.engine.redis_server import RedisServer
from epol.gateway.facts import fact_reader
from epol.gateway.settings import Session, Settings, SettingsError
from epol.gateway.turns import (
    COUNT,
    MOST_COUNT,
    TARGET,
    Sessions,
    SqliteTurns,
    StoreError,
    Turns,
    TurnStore,
)
from epol.gateway.turns_redis import RedisTurns
from tests.engine import servers
from tests.gateway.envoy.proxying import Envoy, binary, envoy, example, proxied
from tests.gateway.hosting import Asked, Echo, guarded
from tests.gateway.running import Caller, bundle, chat, gateway, in_loop
from tests.gateway.targets import echo, fails, targets

STAY = """
rule stay { when session.turns > 0 and target.name == session.target  prefer 20 }
rule enough { when session.turns > 2  block  because "enough" }
"""
NAMES = (COUNT, TARGET)
SESSION = {"x-epol-session": "one"}
HARD, LIGHT = chat("x", max_tokens=2000), chat("x", max_tokens=10)


class Clock:
    """A clock that a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def server() -> Generator[str | None]:
    """A Redis server; None where there is none."""
    if servers.binary() is None:
        yield None
        return
    with servers.running() as url:
        yield url


def stores(folder: Path, server: str | None) -> list[TurnStore]:
    """One of each kind."""
    found: list[TurnStore] = [SqliteTurns(folder / "turns.sqlite3", 60)]
    return found if server is None else [*found, RedisTurns(server, 60)]


def test_turns_are_counted_by_session(tmp_path: Path, server: str | None) -> None:
    for store in stores(tmp_path, server):
        assert store.read(b"a") is None
        for target in ("ward", "azure"):
            store.add(b"a", target)
        store.add(b"b", "ward")
        assert store.read(b"a") == Turns(2, "azure")
        assert store.read(b"b") == Turns(1, "ward")


def _many(path: Path) -> None:
    store = SqliteTurns(path, 60)
    for _ in range(20):
        store.add(b"a", "ward")


def test_processes_count_together_and_a_new_one_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "turns.sqlite3"
    SqliteTurns(path, 60)
    children = [get_context("spawn").Process(target=_many, args=(path,)) for _ in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join(120)
    assert SqliteTurns(path, 60).read(b"a") == Turns(40, "ward")


def test_what_was_silent_for_long_or_is_too_much_is_forgotten(tmp_path: Path) -> None:
    clock = Clock()
    store = SqliteTurns(tmp_path / "turns.sqlite3", 60, most=3, clock=clock)
    for name in (b"a", b"b", b"c", b"d"):
        clock.now += 1
        store.add(name, "ward")
    assert [store.read(name) is None for name in (b"a", b"b", b"c", b"d")] == [True, *[False] * 3]
    clock.now += 58
    store.add(b"b", "ward")
    assert store.read(b"c") is not None
    clock.now += 2
    assert store.read(b"c") is None
    store.add(b"b", "ward")
    with closing(sqlite3.connect(tmp_path / "turns.sqlite3")) as db:
        assert db.execute("SELECT count(*) FROM turns").fetchone() == (1,)
        db.execute("UPDATE turns SET count = ?", (MOST_COUNT,))
        db.commit()
    store.add(b"b", "ward")
    assert store.read(b"b") == Turns(MOST_COUNT, "ward")


@servers.needed
def test_a_server_forgets_what_was_silent(server: str) -> None:
    RedisTurns(server, 60).add(b"x", "ward")
    client = RedisServer(server, "the server of sessions", StoreError, patience=1.0, again=0).client
    assert 0 < client.ttl(b"epol:{turns}:x") <= 60


class Failing:
    """A store that fails until it is mended."""

    asked = 0

    def read(self, session: bytes) -> Turns | None:
        """See `TurnStore`."""
        self.asked += 1
        assert b"one" not in session
        raise StoreError("OperationalError")

    def add(self, session: bytes, target: str) -> None:
        """See `TurnStore`."""
        self.read(session)


@in_loop
async def test_where_it_cannot_be_read_nothing_is_known_and_nobody_waits() -> None:
    clock, store = Clock(), Failing()
    sessions = Sessions(store, clock)
    assert await sessions.facts("anybody one") == {}
    await sessions.add("anybody one", "ward")
    assert store.asked == 1
    clock.now += 1
    await sessions.add("anybody one", "ward")
    assert store.asked == 2


def test_errors_of_stores_say_nothing_of_them(tmp_path: Path) -> None:
    store = SqliteTurns(tmp_path / "turns.sqlite3", 60)
    (tmp_path / "turns.sqlite3").write_bytes(b"no file of SQLite" * 100)
    stays: list[TurnStore] = [store, RedisTurns("redis://:secret@127.0.0.1:1", 60, patience=0.1)]
    for each in stays:
        with pytest.raises(StoreError) as read:
            each.read(b"a")
        with pytest.raises(StoreError) as added:
            each.add(b"a", "ward")
        assert "secret" not in f"{read.value}{added.value}{each!r}"
    with pytest.raises(SettingsError):
        RedisTurns("http://secret", 60)


def test_only_what_std_edge_means_is_filled_in() -> None:
    edge = [each for each in open_bundle(bundle(), None).manifest.attributes if each.name in NAMES]

    def has(*attributes: Attribute) -> bool:
        made = Manifest("p", None, "sha256:0", "0", 1, attributes=attributes)
        return fact_reader(made, Settings()).has_sessions

    assert len(edge) == 2
    assert has(*edge)
    assert not has()
    assert not has(edge[0])
    for turns in (Attribute(COUNT, "attr", "string"), Attribute(COUNT, "attr", "int", high=9)):
        assert not has(turns, *(each for each in edge if each.name == TARGET))


@pytest.mark.parametrize("shares", ["file", "server"])
@in_loop
async def test_a_conversation_stays_through_workers_and_restarts(
    shares: str, tmp_path: Path, server: str | None
) -> None:
    settings = Settings(state=str(tmp_path), session=Session(valid=3600))
    keys = {"EPOL_VAULT_KEY": "00" * 32}
    if shares == "server":
        if server is None:
            pytest.skip("there is no server of Redis")
        settings = Settings(redis_env="REDIS")
        keys["REDIS"] = server
    async with targets(echo, echo) as (ward, azure):

        def opened() -> AbstractAsyncContextManager[Caller]:
            return gateway(ward.url, azure.url, settings, STAY, **keys)

        async with opened() as first, opened() as second:
            assert (await first.post(LIGHT, headers=SESSION)).headers["x-epol-target"] == "ward"
            other = {"x-epol-session": f"other-{shares}"}
            assert (await first.post(HARD, headers=other)).headers["x-epol-target"] == "azure"
            assert (await second.post(LIGHT, headers=other)).headers["x-epol-target"] == "azure"
            assert (await second.post(LIGHT)).headers["x-epol-target"] == "ward"
        async with opened() as third:
            assert (await third.post(LIGHT, headers=other)).headers["x-epol-target"] == "azure"
            assert (await third.post(LIGHT, headers=other)).status == 403, "three turns are enough"
            assert (await third.post(LIGHT, headers=SESSION)).status == 200


@in_loop
async def test_only_an_answer_is_a_turn() -> None:
    async with (
        targets(echo, fails(500)) as (ward, azure),
        gateway(ward.url, azure.url, more=STAY) as caller,
    ):
        first = await caller.post(HARD, headers=SESSION)
        assert first.headers["x-epol-attempts"] == "azure=500 ward=200"
        ward.behaviour = fails(400)
        for _ in range(3):
            assert (await caller.post(LIGHT, headers=SESSION)).status == 400
        ward.behaviour = echo
        # The one that was asked first was not the one that answered.
        for _ in range(2):
            again = await caller.post(HARD, headers=SESSION)
            assert again.headers["x-epol-attempts"] == "ward=200"


@in_loop
async def test_what_the_configuration_maps_comes_from_there() -> None:
    settings = Settings(headers={"x-turns": "session.turns"})
    async with (
        targets(echo, echo) as (ward, azure),
        gateway(ward.url, azure.url, settings, STAY) as caller,
    ):
        for turns, status in (("3", 403), ("0", 200), ("3", 403), ("1", 200)):
            got = await caller.post(LIGHT, headers={**SESSION, "x-turns": turns})
            assert got.status == status


@in_loop
async def test_an_app_behind_the_middleware_has_turns_too(tmp_path: Path) -> None:
    app = guarded(Echo(), tmp_path, STAY)
    asked = [HARD, LIGHT, {**LIGHT, "stream": True}, LIGHT]
    got = [await Asked(body, headers=SESSION).of(app) for body in asked]
    assert [each.status for each in got] == [200, 200, 200, 403]
    assert [each.headers.get("x-epol-target") for each in got[:3]] == ["azure"] * 3
    assert (await Asked(LIGHT).of(app)).headers["x-epol-target"] == "ward"


@pytest.fixture(scope="module")
def proxy() -> Generator[Envoy]:
    """An Envoy."""
    if binary() is None:
        pytest.skip("there is no Envoy for this platform")
    with envoy(example()) as made:
        yield made


@in_loop
async def test_behind_envoy_there_are_turns_too(proxy: Envoy) -> None:
    async with proxied(proxy, more=STAY) as caller:
        got = [await caller.post(body, headers=SESSION) for body in (HARD, LIGHT, LIGHT, LIGHT)]
        assert [each.status for each in got] == [200, 200, 200, 403]
        assert len(caller.targets["azure"].got) == 3
