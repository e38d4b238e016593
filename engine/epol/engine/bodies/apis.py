"""The APIs by name: `openai.chat` is the module `openai_chat`."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

import epol.engine.bodies as package
from epol.engine.bodies.body import Api
from epol.engine.errors import RequestError

_VENDORS = ("openai_", "anthropic_", "mcp")


@cache
def names() -> tuple[str, ...]:
    """The APIs that there are."""
    modules = [module.name for module in pkgutil.iter_modules(package.__path__)]
    return tuple(sorted(name.replace("_", ".", 1) for name in modules if name.startswith(_VENDORS)))


@cache
def api(name: str) -> Api:
    """The API of a name.  Raises `RequestError` where there is none."""
    if name not in names():
        raise RequestError(f"the API must be one of {', '.join(names())}")
    found: Api = import_module(f"epol.engine.bodies.{name.replace('.', '_')}").API
    return found
