"""What is found out about a checked policy: one finding, one file, one function of its name.

A finding is registered by being there: every module of this package that has a
function of its own name is run, in the order of the names.  Its function `begin`, if it has
one, is called before all of them, to start what takes long beside them.
"""

from __future__ import annotations

import importlib
import pkgutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType

from epol.compiler.analysing import FINDING_UNDECIDED, Known
from epol.compiler.outcomes import PROVED, REFUTED, UNDECIDED, TooManyOutcomesError
from epol.lang.diagnostics import Diagnostic

Finding = Callable[[Known], Iterator[Diagnostic]]
Beginning = Callable[[Known], None]


@cache
def findings() -> Mapping[str, Finding]:
    """All findings, by the names of their diagnostics."""
    return {name.replace("_", "-"): getattr(module, name) for name, module in _modules()}


@cache
def _beginnings() -> tuple[Beginning, ...]:
    return tuple(module.begin for _, module in _modules() if hasattr(module, "begin"))


def _modules() -> Iterator[tuple[str, ModuleType]]:
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        yield name, importlib.import_module(f"{__name__}.{name}")


@dataclass(frozen=True)
class Analysis:
    """What became of looking for one finding, and how long it took (milliseconds).

    `outcome` is proved where nothing is wrong, refuted where something was found, or undecided.
    """

    name: str
    outcome: str
    milliseconds: float
    diagnostics: tuple[Diagnostic, ...]


def analyse(known: Known) -> Iterator[Analysis]:
    """Look for everything."""
    for begin in _beginnings():
        begin(known)
    for name, finding in findings().items():
        started = time.monotonic()
        diagnostics = tuple(_found(known, name, finding))
        took = 1000 * (time.monotonic() - started)
        yield Analysis(name, _outcome(diagnostics), took, diagnostics)


def _found(known: Known, name: str, finding: Finding) -> Iterator[Diagnostic]:
    try:
        yield from finding(known)
    except TooManyOutcomesError as error:
        yield FINDING_UNDECIDED.at(known.head, f"`{name}` is undecided: {error}")


def _outcome(diagnostics: tuple[Diagnostic, ...]) -> str:
    if any(each.definition is not FINDING_UNDECIDED for each in diagnostics):
        return REFUTED
    return UNDECIDED if diagnostics else PROVED
