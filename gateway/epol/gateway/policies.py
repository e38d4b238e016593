"""The policy that decides, and where its targets are; both are exchanged together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from epol.engine import Engine
from epol.engine.bundle.manifest import Manifest
from epol.engine.loading import SUFFIX, compiled, open_bundle
from epol.engine.log.decision_log import DecisionLog
from epol.engine.vault.vault import Vault
from epol.gateway.settings import Settings
from epol.gateway.upstreams import Upstream, upstreams_of

_KEPT = 16
"""Policies whose targets stay known for requests that began under them."""


def bundle_of(policy: Path) -> bytes:
    """The bundle that a file is, or that its source compiles to.

    Raises `BundleError`, OSError.
    """
    return policy.read_bytes() if policy.suffix == SUFFIX else compiled(policy)


class Policies:
    """An engine, with the addresses of its policy's targets and of those before it."""

    def __init__(
        self,
        bundle: bytes,
        settings: Settings,
        environment: Mapping[str, str] = os.environ,
        *,
        vault: Vault | None = None,
        key: bytes | None = None,
        log: DecisionLog | None = None,
    ) -> None:
        """Raises `BundleError`, `KernelError`, `SettingsError`."""
        self._settings, self._environment = settings, environment
        self._trust = settings.trust or None
        self.manifest = open_bundle(bundle, self._trust).manifest
        self._upstreams = {self.manifest.digest: self._reached(self.manifest)}
        self.engine = Engine.load(bundle, self._trust, vault=vault, key=key, log=log)

    def swap(self, bundle: bytes) -> None:
        """Exchange the policy.  Raises what the constructor does; then nothing has changed."""
        manifest = open_bundle(bundle, self._trust).manifest
        reached = self._reached(manifest)
        # Known before the first decision by the new policy, and those before it still after.
        kept = list(self._upstreams.items())[-_KEPT:]
        self._upstreams = {**dict(kept), manifest.digest: reached}
        self.engine.swap(bundle)
        self.manifest = manifest

    def upstreams(self, digest: str) -> Mapping[str, Upstream]:
        """The targets of the policy that decided, by name, without those that have no address."""
        return self._upstreams[digest]

    def _reached(self, manifest: Manifest) -> Mapping[str, Upstream]:
        return upstreams_of(manifest, self._settings, self._environment)
