"""From what the environment names to a guardrail: the policy, the settings, the gate."""

from __future__ import annotations

import atexit
import os
from collections.abc import Mapping
from pathlib import Path

from epol.gateway.litellm.door import app
from epol.gateway.litellm.gate import Gate
from epol.gateway.litellm.hooks import EpolGuardrail
from epol.gateway.litellm.plugin import Plugin
from epol.gateway.providers import signal_runner
from epol.gateway.reloading import PolicyFile
from epol.gateway.settings import Budget, Settings, SettingsError, read_settings
from epol.gateway.state import shared_state

POLICY, CONFIG = "EPOL_POLICY", "EPOL_CONFIG"
"""Variables with the files of the policy (its source or its bundle) and of the settings."""


def guardrail(environment: Mapping[str, str] = os.environ) -> EpolGuardrail:
    """The guardrail, with the gate before the proxy that it belongs to.

    Raises `EpolError`, `SettingsError`.
    """
    policy = environment.get(POLICY)
    if not policy:
        raise SettingsError(f"{POLICY} is to name the policy: its source or its bundle")
    settings = _settings(environment.get(CONFIG))
    shared = shared_state(PolicyFile(Path(policy)).bundle(), settings, environment, asks=False)
    atexit.register(shared.close)
    runner = signal_runner(shared, settings)
    app.middleware_stack = Gate(
        app.middleware_stack or app.build_middleware_stack(),
        settings.limits,
        lambda: shared.policies.facts.headers,
    )
    return EpolGuardrail(Plugin(shared, settings, runner))


def _settings(config: str | None) -> Settings:
    settings = read_settings(Path(config) if config else None)
    if settings.budget != Budget(zone=settings.budget.zone):
        raise SettingsError(
            "`budget` counts what `epolc serve` spends; here LiteLLM asks the targets, so use its "
            "own budgets"
        )
    return settings
