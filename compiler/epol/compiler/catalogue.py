"""The catalogue of diagnostics: every module that defines one is imported, none is listed."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

import epol.compiler
import epol.lang
from epol.lang.diagnostics import Definition, definitions


def catalogue() -> Mapping[str, Definition]:
    """Every diagnostic that `epolc` can give, by name."""
    for package in (epol.lang, epol.compiler):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            # Commands define none, and the solver is slow to load.
            if ".cli" not in module.name and ".smt" not in module.name:
                importlib.import_module(module.name)
    return definitions()
