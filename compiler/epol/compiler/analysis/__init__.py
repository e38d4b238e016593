"""What is known of a checked policy: one finding, one file, one function of its name.

A finding is registered by being there: every module of this package that has a
function of its own name is run, in the order of the names.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache

from epol.compiler.pipeline import Compiled
from epol.lang.diagnostics import Diagnostic

Finding = Callable[[Compiled], Iterator[Diagnostic]]


@cache
def findings() -> tuple[Finding, ...]:
    """All findings."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(_load(name) for name in names)


def _load(name: str) -> Finding:
    module = importlib.import_module(f"{__name__}.{name}")
    finding: Finding = getattr(module, name)
    return finding
