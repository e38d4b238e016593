"""What breaks, and how it is mended: each fault alone, under load."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import repeat

from tests.chaos.site import Model, Site, go_on, stop
from tests.engine.signals.proxy import Fault as Line

Step = Callable[[Site], Awaitable[None]]


@dataclass(frozen=True)
class Fault:
    """How something breaks and is mended.

    `breaks_off` where callers may get half an answer or none, as whoever answers was killed.
    """

    name: str
    break_it: Step
    mend_it: Step
    breaks_off: bool = False


async def _nothing(_site: Site) -> None:
    """What the gateway is to do by itself."""


def _killed(of: Callable[[Site], Model]) -> tuple[Step, Step]:
    async def break_it(site: Site) -> None:
        of(site).kill()

    async def mend_it(site: Site) -> None:
        await of(site).start()

    return break_it, mend_it


def _stopped(pid: Callable[[Site], int]) -> tuple[Step, Step]:
    pids: list[int] = []

    async def break_it(site: Site) -> None:
        pids.append(pid(site))
        stop(pids[-1])

    async def mend_it(_site: Site) -> None:
        go_on(pids.pop())

    return break_it, mend_it


async def _cut(site: Site) -> None:
    for model in site.models:
        await model.line.refuse()


async def _joined(site: Site) -> None:
    for model in site.models:
        await model.line.listen()


async def _swallow(site: Site) -> None:
    """Connections are taken, and nothing comes back on them."""
    line = site.azure.line
    line.plan = repeat(Line.DROP)
    await line.refuse()
    await line.listen()


async def _let_through(site: Site) -> None:
    site.azure.line.plan = repeat(0.0)
    await site.azure.line.refuse()
    await site.azure.line.listen()


async def _kill_redis(site: Site) -> None:
    site.redis.kill()


async def _start_redis(site: Site) -> None:
    # It reads all that it has written before it answers.
    await asyncio.to_thread(site.redis.start)


def _redis_pid(site: Site) -> int:
    assert site.redis.process is not None
    return site.redis.process.pid


async def _kill_worker(site: Site) -> None:
    """The younger one, so that the other one shows what it leaks over all the time."""
    os.kill(site.workers[-1], signal.SIGKILL)


async def _good_policy(site: Site) -> None:
    site.write_policy()
    site.reload()


async def _bad_policy(site: Site) -> None:
    site.write_policy("rule broken { when nowhere  deny }\n")
    site.reload()


async def _fill(site: Site) -> None:
    """No file takes another byte, as on a disk that is full."""
    for pid in site.workers:
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, hard))


async def _empty(site: Site) -> None:
    for pid in site.workers:
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))


LOCAL = Fault("the local model is killed", *_killed(lambda site: site.ward))
CLOUD = Fault("the cloud is killed", *_killed(lambda site: site.azure))
NETWORK = Fault("the network is cut", _cut, _joined)
REDIS = Fault("Redis is killed", _kill_redis, _start_redis)
WORKER = Fault("a worker is killed", _kill_worker, _nothing, breaks_off=True)
SHORT = (LOCAL, CLOUD, NETWORK, REDIS, WORKER)
"""Those that every run has."""
FAULTS = (
    *SHORT,
    Fault("the cloud swallows what it gets", _swallow, _let_through),
    Fault("the local model stands still", *_stopped(lambda site: site.ward.pid)),
    Fault("the cloud stands still", *_stopped(lambda site: site.azure.pid)),
    Fault("Redis stands still", *_stopped(_redis_pid)),
    Fault("a worker stands still", *_stopped(lambda site: site.workers[-1])),
    Fault("the policy is exchanged", _good_policy, _nothing),
    Fault("the policy is broken", _bad_policy, _good_policy),
    Fault("the disk is full", _fill, _empty),
)
