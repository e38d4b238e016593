"""Betterleaks: its default secret rules, in Go, by its Python binding."""

from __future__ import annotations

from importlib import import_module

# This runs in the peer's environment; where types are checked it is not installed.
_betterleaks = import_module("betterleaks")

VERSION = f"{_betterleaks.__version__} (betterleaks {_betterleaks.__upstream_version__})"


def scan(text: str) -> int:
    """How many secrets a text has.  The binding ends a text at its first NUL."""
    return len(_betterleaks.scan_string(text))
