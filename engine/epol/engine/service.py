"""What the engine offers to the compiler's commands, behind the entry point `epol.engine`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from epol.engine.bundle import cache
from epol.engine.engine import Engine
from epol.engine.kernel.load import automata, kernel
from epol.engine.request import Request


class EngineService:
    """Deciding by a bundle; see `bundle.service.EngineService`."""

    def __init__(self, bundle: bytes) -> None:
        """For a bundle's bytes.  Raises `BundleError`, `KernelError`."""
        self._engine = Engine.load(bundle)

    def decide(self, obj: object) -> dict[str, object]:
        """The decision, as JSON values, on a request as JSON values.  Raises `RequestError`."""
        return self._engine.decide(Request.from_json(obj)).to_json()

    def repeat(self, objs: Sequence[object]) -> None:
        """Decide requests without building what nobody reads: for measuring."""
        for obj in objs:
            self._engine.decide(Request.from_json(obj))


def warm(folder: Path | None = None) -> tuple[Path | None, bool]:
    """Compile the kernel and the automata for this machine, or find them in the cache.

    The folder of the cache, None if there is none, and whether they were there already.
    Raises `KernelError`.
    """
    chosen = folder or cache.default_folder()
    libraries = kernel(chosen), automata(chosen)
    return chosen, all(each.was_cached for each in libraries)
