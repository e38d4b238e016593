"""Reading decision logs, which is the engine's: found by the entry point `epol.log`."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import cast

from epol.engine.bundle.service import EpolError, LogService, LogServiceFactory


def log_service(key_files: Sequence[Path]) -> LogService:
    """What reads logs, with the keys in some files or else that of the environment.

    Raises `EpolError`.
    """
    found = list(entry_points(group="epol.log", name="default"))
    if not found:
        raise EpolError("the engine is not installed here")
    return cast(LogServiceFactory, found[0].load())(tuple(key_files))
