"""The faults of every day under load, each once: nothing is wrong, leaks, or stays broken."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.chaos.books import EXACT
from tests.chaos.faults import SHORT
from tests.chaos.running import Run, run
from tests.engine import servers

MANY = 100
"""Samples of memory that show whether it grows: between the last two quarters, by 5 % or more."""


def check(done: Run) -> None:
    """What must hold after any run."""
    assert not done.load.tally.faults, done.load.tally.faults[:10]
    assert done.azure.requests > 0
    assert done.ward.requests > 0
    assert not done.azure.leaks, done.azure.leaks[:10]
    assert not done.azure.raw
    assert not done.secrets
    assert not done.orphans
    assert done.is_verified, done.verified
    assert done.reserved == 0
    books = done.load.books
    # Whatever else the cloud was asked has cost something, and nothing costs more than it may.
    unsure = done.azure.requests - books.sure
    assert books.least + EXACT * unsure <= done.spent <= books.most
    for name in ("parent", "worker"):
        first, last = done.watch.descriptors(name)
        assert last <= first + 12, done.watch.lines()
        if len(done.watch.samples[name]) >= MANY:
            before, after = done.watch.growth(name)
            assert after <= before * 1.05, done.watch.lines()


@servers.needed
def test_each_part_fails_in_turn_under_load(tmp_path: Path) -> None:
    done = asyncio.run(run(tmp_path, SHORT))
    check(done)
    assert done.load.tally.counts["right"] > 50
    assert done.load.tally.counts["blocked"] > 0
    assert set(done.recoveries) == {each.name for each in SHORT}
