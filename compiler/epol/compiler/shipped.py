"""Where the folders are that are shipped beside the packages."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import epol.compiler


@cache
def shipped(name: str, in_tree: str) -> Path:
    """A folder that a wheel has beside the packages as `name`, and a checkout as `in_tree`."""
    package = Path(epol.compiler.__file__).parent
    installed = package.parent / name
    return installed if installed.is_dir() else package.parents[2] / in_tree
