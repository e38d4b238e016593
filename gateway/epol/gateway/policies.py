"""The policy that decides, and where its targets are; both are exchanged together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from epol.engine import Engine
from epol.engine.bundle.lazy import lazy
from epol.engine.bundle.manifest import Manifest, TargetEntry
from epol.engine.loading import open_bundle
from epol.engine.log.decision_log import DecisionLog
from epol.engine.signals.health import Health
from epol.engine.signals.network import Network
from epol.engine.vault.vault import Vault
from epol.gateway.circuits import Circuits
from epol.gateway.facts import FactReader, fact_reader
from epol.gateway.settings import Settings
from epol.gateway.upstreams import Upstream, UpstreamsOf, upstreams_of

_KEPT = 4
"""Policies whose targets stay known for requests that they have just decided.

Each of the library's size takes half a megabyte.
"""


@dataclass(frozen=True)
class Reached:
    """What requests under one policy need: the targets that have an address, and their health."""

    manifest: Manifest
    facts: FactReader
    upstreams: Mapping[str, Upstream]
    health: Health

    @lazy
    def models(self) -> frozenset[str]:
        """The names of models that the policy has, and its own, which callers see as one."""
        named = {target.fields.get("model") for target in self.manifest.targets}
        return frozenset(each for each in (*named, self.manifest.name) if isinstance(each, str))

    @lazy
    def targets(self) -> Mapping[str, TargetEntry]:
        """The policy's targets by name, with and without an address."""
        return {each.name: each for each in self.manifest.targets}

    @property
    def runs_models(self) -> bool:
        """Whether deciding may run a model, which takes long: one that finds labels."""
        return bool(self.manifest.models)


class Policies:
    """An engine, with the addresses of its policy's targets and of those before it."""

    def __init__(
        self,
        bundle: bytes,
        settings: Settings,
        environment: Mapping[str, str],
        *,
        vault: Vault | None = None,
        key: bytes | None = None,
        log: DecisionLog | None = None,
        circuits: Circuits | None = None,
        asks: bool = True,
        upstreams: UpstreamsOf = upstreams_of,
    ) -> None:
        """Where a host asks the targets itself (`asks` is false), none needs an address here.

        `upstreams` finds where targets are.  Raises `BundleError`, `KernelError`, `SettingsError`.
        """
        self.asks, self._upstreams_of = asks, upstreams
        self._settings, self._environment = settings, environment
        self._vault, self._log = vault, log
        self._trust = settings.trust or None
        manifest = open_bundle(bundle, self._trust).manifest
        self.engine = Engine.load(bundle, self._trust, vault=vault, key=key, log=log)
        self.tools = {
            name: {"at": said.at, "server": said.server} for name, said in settings.tools.items()
        }
        self.circuits = circuits
        self.network: Network | None = None
        """Who probes the targets, if somebody does."""
        self.now = self._reached(manifest, None)
        self._known = {manifest.digest: self.now}

    @property
    def facts(self) -> FactReader:
        """Where attributes come from, under the policy of now."""
        return self.now.facts

    def swap(self, bundle: bytes) -> None:
        """Exchange the policy.  Raises what the constructor does; then nothing has changed."""
        manifest = open_bundle(bundle, self._trust).manifest
        new = self._reached(manifest, self.now)
        # Known before the first decision by the new policy, and those before it still after.
        before = self._known
        self._known = {**dict(list(before.items())[-_KEPT:]), manifest.digest: new}
        try:
            self.engine.swap(bundle)
        except BaseException:
            self._known = before
            raise
        self.now = new

    def reached(self, digest: str) -> Reached:
        """What belongs to the policy that decided."""
        return self._known[digest]

    def _reached(self, manifest: Manifest, before: Reached | None) -> Reached:
        upstreams: Mapping[str, Upstream] = {}
        if self.asks:
            upstreams = self._upstreams_of(manifest, self._settings, self._environment)
        facts = fact_reader(manifest, self._settings)
        if before is not None and before.upstreams.keys() == upstreams.keys():
            return Reached(manifest, facts, upstreams, before.health)
        health = Health(self.engine.signals, upstreams, reachable=self._is_reachable)
        return Reached(manifest, facts, upstreams, health)

    def _is_reachable(self, target: str) -> bool | None:
        if self.circuits is not None and self.circuits.is_open(target):
            return False
        return None if self.network is None else self.network.is_reachable(target)

    def close(self) -> None:
        """Give back what is open."""
        if self._vault is not None:
            self._vault.close()
        if self._log is not None:
            self._log.close()
