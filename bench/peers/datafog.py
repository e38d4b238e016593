"""DataFog Core: its default detectors of personal data, in Rust."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version

# This runs in the peer's environment; where types are checked it is not installed.
_core = import_module("datafog_core")

VERSION = version("datafog-core")


def scan(text: str) -> int:
    """How many findings a text has."""
    return len(_core.scan(text))
