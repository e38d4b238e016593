"""The signals that a gateway reads for its policy, whichever that is at the time."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping

from epol.engine.signals.breaker import State
from epol.engine.signals.clock import Clock
from epol.engine.signals.endpoints import endpoint
from epol.engine.signals.machine import Machine
from epol.engine.signals.network import Network
from epol.engine.signals.provider import Provider
from epol.engine.signals.runner import SignalRunner
from epol.gateway.circuits import Circuits
from epol.gateway.policies import Policies, Reached
from epol.gateway.settings import Settings
from epol.gateway.state import Shared

_INTERVAL = 1.0


class TargetHealth:
    """A `Provider` of the health of the targets there are now, as all workers know it."""

    name = "health"
    interval = _INTERVAL

    def __init__(self, policies: Policies, circuits: Circuits | None) -> None:
        self._policies, self._circuits = policies, circuits

    async def read(self) -> Mapping[str, object]:
        """See `Health.read`."""
        now = self._policies.now
        if self._circuits is not None:
            here = [name for name in now.upstreams if now.health.state(name) is State.OPEN]
            await asyncio.to_thread(self._circuits.exchange, str(os.getpid()), here)
        return await now.health.read()


class Probes:
    """A `Provider` of the network's state on the way to the targets there are now."""

    name = "network"
    interval = _INTERVAL

    def __init__(self, policies: Policies) -> None:
        self._policies = policies
        self._of: Reached | None = None
        self._network = Network(())

    async def read(self) -> Mapping[str, object]:
        """See `Network.read`."""
        now = self._policies.now
        if now is not self._of:
            self._of, self._network = now, _network(now)
            self._policies.network = self._network
        return await self._network.read()


def _network(reached: Reached) -> Network:
    fields = {target.name: target.fields for target in reached.manifest.targets}
    return Network(
        endpoint(each.name, each.url, is_local=fields[each.name].get("at") == "local")
        for each in reached.upstreams.values()
        if each.url
    )


def signal_runner(shared: Shared, settings: Settings, *more: Provider) -> SignalRunner:
    """What reads the signals that the policy has, and does what else comes again and again."""
    return SignalRunner(shared.policies.engine.signals, (*_wanted(shared, settings), *more))


def _wanted(shared: Shared, settings: Settings) -> Iterator[Provider]:
    policies, spending = shared.policies, shared.spending
    yield Clock(settings.budget.zone)
    if policies.asks:
        yield TargetHealth(policies, policies.circuits)
        if settings.probe:
            yield Probes(policies)
    if any(each.name.startswith("local.") for each in policies.now.manifest.attributes):
        yield Machine()
    if spending is not None:
        yield spending
