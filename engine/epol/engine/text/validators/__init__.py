"""Validators: what `check NAME` of a detector asks of the text of a candidate span.

A validator is a total function of one text: it never raises, its time is bounded, and it
neither reads nor writes anything else.  One is registered by being there: as a module of
this package that has a function of its own name, or as a row of the table of schemes.
Importing this package imports neither python-stdnum nor phonenumbers; asking for a
validator imports what that one needs.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import cast

from epol.engine.text.validators._schemes import ALIASES, SCHEMES

__all__ = ["Validator", "names", "validator"]

Validator = Callable[[str], bool]
"""Whether a text is a valid value; it may hold the separators that people write."""


@cache
def names() -> tuple[str, ...]:
    """The names of all validators, sorted."""
    modules = (module.name for module in pkgutil.iter_modules(__path__))
    own = {name for name in modules if not name.startswith("_")}
    return tuple(sorted({*own, *ALIASES, *SCHEMES}))


@cache
def validator(name: str) -> Validator:
    """The validator of this name.  Raises `KeyError` where there is none."""
    if name not in names():
        raise KeyError(name)
    if name in ALIASES:
        return validator(ALIASES[name])
    if name in SCHEMES:
        door = import_module(f"{__name__}._stdnum")
        return cast(Validator, door.checker(SCHEMES[name]))
    return cast(Validator, getattr(import_module(f"{__name__}.{name}"), name))
