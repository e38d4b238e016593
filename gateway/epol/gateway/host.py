"""Policy and configuration for whoever asks the targets itself, in one process."""

from __future__ import annotations

import os
import weakref
from collections.abc import Mapping
from pathlib import Path

from epol.gateway.offloading import Offloading
from epol.gateway.providers import signal_runner
from epol.gateway.reloading import PolicyFile, Watching
from epol.gateway.settings import Budget, Settings, SettingsError
from epol.gateway.state import Shared, shared_state
from epol.gateway.verdicts import Verdicts


class Host:
    """What decides, kept as the policy's file is now, with the signals that a process can read."""

    def __init__(
        self, policy: Path, settings: Settings, environment: Mapping[str, str] = os.environ
    ) -> None:
        """`policy` is its source or its bundle.  Raises `EpolError`, `SettingsError`."""
        if settings.budget != Budget(zone=settings.budget.zone):
            raise SettingsError(
                "`budget` counts what `epolc serve` spends, and here somebody else asks the "
                "targets: publish `budget.remaining` instead"
            )
        self.settings = settings
        file = PolicyFile(policy)
        self.shared: Shared = shared_state(file.bundle(), settings, environment, asks=False)
        weakref.finalize(self, _close, self.shared, os.getpid())
        watching = Watching(file, self.shared.policies, settings.reload_seconds)
        self._signals = signal_runner(self.shared, settings, watching)
        self.offloading = Offloading(self.shared)
        self.verdicts = Verdicts(self.shared, settings, self.offloading)

    def start(self) -> None:
        """Begin to read signals and to look at the policy's file, if that has not begun."""
        self._signals.start()

    def stop(self) -> None:
        """End that.  It can be started again."""
        self._signals.stop()

    def check_target(self, name: str, where: str) -> None:
        """Raise `SettingsError` for what is no target of the policy."""
        known = [each.name for each in self.shared.policies.now.manifest.targets]
        if name not in known:
            raise SettingsError(
                f"{where} names `{name}`, and the policy has no such target; "
                f"it has {', '.join(known)}"
            )


def _close(shared: Shared, pid: int) -> None:
    """In a forked child it is the parent's."""
    if os.getpid() == pid:
        shared.close()
