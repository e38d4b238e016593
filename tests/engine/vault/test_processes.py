"""Vaults that several processes use at once."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from epol.engine import VaultFullError
from epol.engine.vault.keys import VaultKeys
from epol.engine.vault.redis import RedisStore
from epol.engine.vault.sealed import SealedVault
from epol.engine.vault.sqlite import SqliteStore
from epol.engine.vault.vault import Counts, Limits
from tests.engine.vault.making import KEY, OTHER_KEY, every_kind, every_store, made, sealed, server

Outcome = TypeVar("Outcome")

PROCESSES = 4
VALUES = [f"MRN {at:08}" for at in range(120)]


def vault_at(where: str, limits: Limits | None = None) -> SealedVault:
    """A vault in a file or in a server, for whoever knows where it is."""
    url, _, name = where.partition("|")
    store = RedisStore(url, name=name) if name else SqliteStore(url, patience=30)
    return SealedVault(store, VaultKeys([KEY, OTHER_KEY]), limits)


def place(kind: str, folder: Path) -> str:
    return f"{server()}|{folder}" if kind == "redis" else str(folder / "vault.db")


def issue(where: str, at: int) -> list[str]:
    """The tokens of all values, which are asked for in an order of one's own, in short turns."""
    vault = vault_at(where)
    step = (7, 11, 13, 17)[at]
    order = [VALUES[(step * each + at) % len(VALUES)] for each in range(len(VALUES))]
    made: dict[str, str] = {}
    for first in range(0, len(order), 10):
        turn = vault.session("shared", f"subject {at}")
        with turn.batch():
            some = order[first : first + 10 if at % 2 else first + 5]
            made.update((value, turn.token("phi.mrn", value)) for value in some)
        made.update((value, turn.token("phi.mrn", value)) for value in order[first : first + 10])
    assert vault.session("shared").restore("".join(made.values())) == "".join(made)
    vault.close()
    return [made[value] for value in VALUES]


def fill(where: str, at: int) -> int:
    """How many values a process can enter before the vault is full."""
    vault = vault_at(where, Limits(values=100))
    entered = 0
    with suppress(VaultFullError):
        for number in range(200):
            vault.session(f"session {at}").token("l", str(number))
            entered += 1
    vault.close()
    return entered


def make(where: str, at: int) -> list[str]:
    """The token of one value in each of many vaults, which others make at the same time."""
    tokens: list[str] = []
    for number in range(15):
        vault = vault_at(f"{where}{number}")
        tokens.append(vault.session("a").token("l", "x"))
        vault.close()
    return tokens


def together(work: Callable[[str, int], Outcome], where: str) -> list[Outcome]:
    """What each of some new processes says, all at work at once."""
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        return pool.starmap(work, [(where, at) for at in range(PROCESSES)], chunksize=1)


@every_store
def test_processes_agree_on_tokens(kind: str, tmp_path: Path) -> None:
    where = place(kind, tmp_path)
    first, *others = together(issue, where)
    assert all(each == first for each in others)
    vault = vault_at(where)
    assert vault.count() == Counts(1, len(VALUES))
    assert vault.erase_subject("subject 3") == len(VALUES)
    vault.close()


@every_store
def test_processes_share_the_room_that_there_is(kind: str, tmp_path: Path) -> None:
    where = place(kind, tmp_path)
    assert sum(together(fill, where)) == 100
    vault = vault_at(where)
    assert vault.count().values == 100
    vault.close()


@every_store
def test_processes_that_make_vaults_at_once_make_the_same(kind: str, tmp_path: Path) -> None:
    first, *others = together(make, place(kind, tmp_path))
    assert all(each == first for each in others)


@every_store
def test_rotating_while_others_work(kind: str, tmp_path: Path) -> None:
    with sealed(kind, tmp_path, OTHER_KEY, clock=time.time) as vault:
        token = vault.session("shared").token("phi.mrn", VALUES[0])
    where = place(kind, tmp_path)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        working = pool.starmap_async(issue, [(where, at) for at in range(2)], chunksize=1)
        rotated = 0
        while not working.ready():
            vault = vault_at(where)
            rotated += vault.rotate().rewrapped
            vault.close()
        one, two = working.get()
    assert rotated == 1
    assert one == two
    assert one[0] == token


@every_kind
def test_tasks_of_a_loop_agree(kind: str, tmp_path: Path) -> None:
    with made(kind, tmp_path) as vault:

        def turn() -> list[str]:
            tokens = vault.session("a")
            with tokens.batch():
                return [tokens.token("l", value) for value in VALUES[:20]]

        async def all_turns() -> list[list[str]]:
            return await asyncio.gather(*(asyncio.to_thread(turn) for _ in range(8)))

        first, *others = asyncio.run(all_turns())
        assert all(each == first for each in others)
        assert vault.count() == Counts(1, 20)


@every_store
def test_two_that_make_a_vault_at_once_make_one(kind: str, tmp_path: Path) -> None:
    with sealed(kind, tmp_path) as one, sealed(kind, tmp_path) as two:
        token = one.session("a").token("l", "x")
        assert two.session("a").restore(token) == "x"
