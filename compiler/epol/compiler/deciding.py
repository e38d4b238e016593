"""Deciding with the engine, which the compiler does not import: found by its entry point."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from typing import cast

from epol.compiler.embedding import compile_bundle
from epol.engine.bundle.container import MAX_BYTES
from epol.engine.bundle.files import read_file
from epol.engine.bundle.service import EngineService, EngineServiceFactory, Warm

SUFFIX = ".epolb"


def engine_of(path: Path) -> EngineService:
    """The engine of a bundle, or of a policy's source.  Raises `EpolError`."""
    data = read_file(path, MAX_BYTES) if path.suffix == SUFFIX else compile_bundle(path)
    return cast(EngineServiceFactory, _entry("default"))(data)


def warm() -> tuple[Path | None, bool]:
    """Compile the kernel for this machine: the cache's folder, and whether it was there.

    Raises `EpolError`.
    """
    return cast(Warm, _entry("warm"))()


def _entry(name: str) -> object:
    (found,) = entry_points(group="epol.engine", name=name)
    return found.load()
