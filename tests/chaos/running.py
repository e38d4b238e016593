"""A run: each fault in turn under load, and then what others wrote down is compared."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from random import Random

from tests.chaos.books import Received, received, spent_and_reserved, written_secrets
from tests.chaos.faults import Fault
from tests.chaos.load import Load
from tests.chaos.site import WORKERS, Site, site
from tests.chaos.watching import Watch

RECOVERY = 120.0
"""Seconds after which the gateway should have recovered on any machine."""


_LAST = 60.0
"""Seconds after which no process is left on any machine."""


@dataclass
class Run:
    """What a run has shown."""

    load: Load
    watch: Watch = field(default_factory=Watch)
    recoveries: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    seen: set[int] = field(default_factory=set[int])
    """Every process of the gateway that there was."""
    orphans: set[int] = field(default_factory=set[int])
    ward: Received = field(default_factory=Received)
    azure: Received = field(default_factory=Received)
    spent: int = 0
    reserved: int = 0
    verified: str = ""
    is_verified: bool = False
    secrets: list[str] = field(default_factory=list[str])


async def run(
    folder: Path,
    faults: Sequence[Fault],
    *,
    seconds: float = 0,
    broken: float = 0.7,
    calm: float = 0.7,
    tell: Callable[[str], None] = lambda _line: None,
    seed: str = "chaos",
) -> Run:
    """Each fault once, and again until so many seconds are over; then compare.

    Each lasts `broken` seconds; when the gateway has recovered, there are `calm` ones, in which
    everything must be right.
    """
    began = time.monotonic()
    async with site(folder) as here:
        done = Run(Load(here.gateway.url, Random(seed)))
        await done.load.recovered(RECOVERY)
        await done.load.start()
        try:
            for number, fault in enumerate(cycle(faults)):
                if number >= len(faults) and time.monotonic() - began > seconds:
                    break
                took = await _one(here, done, fault, broken, calm)
                done.recoveries.setdefault(fault.name, []).append(took)
                await _look(here, done, time.monotonic() - began)
                tell(f"{time.monotonic() - began:7.1f} s  {fault.name}: well after {took:.1f} s")
        finally:
            await done.load.stop()
        done.orphans = await _orphans(here, done)
        done.spent, done.reserved = spent_and_reserved(here.redis.url)
        done.secrets = written_secrets(Path(here.redis.folder))
        _compare(here, done)
    return done


async def _one(here: Site, done: Run, fault: Fault, broken: float, calm: float) -> float:
    """Break something, mend it, and wait until all is well; the seconds that that took."""
    load = done.load
    load.may_break = fault.breaks_off
    await fault.break_it(here)
    await asyncio.sleep(broken)
    await fault.mend_it(here)
    took = await load.recovered(RECOVERY)
    # What began while it was broken may still end as it ends then.
    await load.rest()
    load.may_break, load.is_calm = False, True
    load.go_on()
    await asyncio.sleep(calm)
    await load.rest()
    load.is_calm = False
    return took


async def _look(here: Site, done: Run, at: float) -> None:
    while len(workers := here.workers) < WORKERS:
        await asyncio.sleep(0.05)
    done.watch.look(at, parent=here.gateway.process.pid, worker=workers[0])
    done.seen |= {here.gateway.process.pid, *workers}
    done.load.go_on()


async def _orphans(here: Site, done: Run) -> set[int]:
    """The processes that are left a while after their parent was killed."""
    here.gateway.process.kill()
    await asyncio.to_thread(here.gateway.process.wait)
    until = time.monotonic() + _LAST
    while (left := {pid for pid in done.seen if _is_there(pid)}) and time.monotonic() < until:
        await asyncio.sleep(0.1)
    return left


def _is_there(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    # What has ended may wait for somebody to ask how.
    return state != "Z"


def _compare(here: Site, done: Run) -> None:
    plants = done.load.books.plants
    done.ward = received(here.ward.record, {})
    done.azure = received(here.azure.record, plants)
    command = [str(Path(sys.executable).parent / "epolc"), "log", "verify"]
    options = [str(here.folder / "decisions"), "--key-file", str(here.folder / "log.key"), "--open"]
    verified = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    done.verified = (verified.stdout + verified.stderr).strip()
    done.is_verified = verified.returncode == 0
    for part in ("state", "decisions"):
        done.secrets += written_secrets(here.folder / part)
    if b"KEY-" in here.gateway.log.read_bytes():
        done.secrets.append("standard error")
