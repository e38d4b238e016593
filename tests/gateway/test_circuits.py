"""What workers tell each other of targets that fail."""

from __future__ import annotations

import asyncio
from pathlib import Path

from epol.gateway.circuits import Circuits
from epol.gateway.providers import TargetHealth
from epol.gateway.settings import Settings
from epol.gateway.state import shared_state
from tests.gateway.running import bundle, chat, environment, in_loop, serving
from tests.gateway.targets import echo, fails, targets

HARD = {"max_tokens": 2000}


def test_the_word_of_another_counts_as_long_as_it_is_repeated(tmp_path: Path) -> None:
    now = [100.0]
    one, other = (Circuits(tmp_path / "c", 3, clock=lambda: now[0]) for _ in range(2))
    one.exchange("1", ["azure"])
    one.exchange("1", ["azure"])
    other.exchange("2", [])
    assert other.is_open("azure")
    assert not other.is_open("ward")
    one.exchange("1", ["azure"])
    assert not one.is_open("azure"), "its own breaker decides about itself"
    now[0] += 3.5
    assert not other.is_open("azure"), "a worker that is silent is not believed"
    one.exchange("1", ["azure"])
    other.exchange("2", ["ward"])
    one.exchange("1", [])
    other.exchange("2", ["ward"])
    assert not other.is_open("azure")
    assert one.is_open("ward")


def test_a_file_that_cannot_be_used_leaves_each_to_its_own(tmp_path: Path) -> None:
    circuits = Circuits(tmp_path / "c", 3)
    Circuits(tmp_path / "c", 3).exchange("1", ["azure"])
    circuits.exchange("2", [])
    assert circuits.is_open("azure")
    (tmp_path / "c").write_bytes(b"no database" * 100)
    circuits.exchange("2", [])
    assert not circuits.is_open("azure")


@in_loop
async def test_a_target_that_failed_in_one_worker_is_passed_over_in_another() -> None:
    """Two workers of one gateway, here in one process."""
    settings = Settings(workers=2)
    async with targets(echo, fails(500)) as (ward, azure):
        shared = shared_state(bundle(), settings, environment(ward.url, azure.url))
        again = Circuits(shared.folder / "circuits.sqlite3", 3)
        try:
            async with serving(shared, settings) as caller:
                mine = TargetHealth(shared.policies, shared.policies.circuits)
                for _ in range(5):
                    await caller.post(chat("x", **HARD))
                await mine.read()
                await asyncio.to_thread(again.exchange, "another", [])
                assert again.is_open("azure")
                assert not again.is_open("ward")

                again.exchange("another", ["ward"])
                await mine.read()
                answered = await caller.post(chat("x", **HARD))
                assert answered.status == 503
                assert answered.headers["retry-after"] == "1"
        finally:
            shared.close()
