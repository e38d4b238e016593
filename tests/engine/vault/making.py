"""Vaults of every kind for tests, with a clock that tests move."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from epol.engine.vault.memory import MemoryVault
from epol.engine.vault.vault import Limits, Vault

KEY = bytes(range(32))
SECRET = "MRN 00482913"

Clock = Callable[[], float]


class Hand:
    """A clock that stands still until it is moved, in seconds."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def memory(folder: Path, limits: Limits | None, clock: Clock) -> Generator[Vault]:
    yield MemoryVault(KEY, limits, clock=clock)


KINDS = {"memory": memory}


@contextmanager
def made(
    kind: str, folder: Path, limits: Limits | None = None, clock: Clock | None = None
) -> Generator[Vault]:
    """A vault of a kind, closed at the end."""
    with KINDS[kind](folder, limits, clock or Hand()) as vault:
        try:
            yield vault
        finally:
            vault.close()
