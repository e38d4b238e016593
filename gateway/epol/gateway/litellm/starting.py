"""From what the environment names to a guardrail: the policy, the settings, the gate."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from epol.gateway import metering
from epol.gateway.admin import Admin
from epol.gateway.exposition import exposition
from epol.gateway.host import Host
from epol.gateway.litellm.door import app
from epol.gateway.litellm.gate import Gate
from epol.gateway.litellm.hooks import EpolGuardrail
from epol.gateway.litellm.plugin import Plugin
from epol.gateway.litellm.releases import check_release
from epol.gateway.metrics import Metrics
from epol.gateway.settings import SettingsError, read_settings

POLICY, CONFIG = "EPOL_POLICY", "EPOL_CONFIG"
"""Variables with the files of the policy (its source or its bundle) and of the settings."""


def guardrail(environment: Mapping[str, str] = os.environ) -> EpolGuardrail:
    """The guardrail, with the gate before the proxy that it belongs to.

    Raises `EpolError`, `SettingsError`.
    """
    check_release(version("litellm"))
    policy = environment.get(POLICY)
    if not policy:
        raise SettingsError(f"{POLICY} is to name the policy: its source or its bundle")
    config = environment.get(CONFIG)
    settings = read_settings(Path(config) if config else None)
    host = Host(Path(policy), settings, environment)
    shared = host.shared
    metrics = Metrics()

    async def measured() -> bytes:
        metering.look(metrics, shared.policies, gate.busy)
        return exposition(metrics.sheet())

    admin = Admin(shared.holds, shared.admin_key, measured)
    behind = app.middleware_stack or app.build_middleware_stack()
    gate = Gate(behind, settings.limits, lambda: shared.policies.facts.headers, admin)
    app.middleware_stack = gate
    return EpolGuardrail(Plugin(host, metrics))
