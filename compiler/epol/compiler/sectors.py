"""The sector policies that come with epol: each a folder that `epolc new --sector` copies."""

from __future__ import annotations

from pathlib import Path

from epol.compiler.shipped import shipped


def root() -> Path:
    """The folder of the sectors' folders."""
    return shipped("sectors", "examples/sectors")


def sectors() -> dict[str, Path]:
    """The folder of each sector, by its name, in the order of names."""
    return {path.parent.name: path.parent for path in sorted(root().glob("*/policy.epol"))}
