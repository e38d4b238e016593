"""Where the standard modules are."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import epol.compiler


@cache
def root() -> Path:
    """The folder of the standard modules: in a wheel beside the packages, else in the tree."""
    package = Path(epol.compiler.__file__).parent
    installed = package.parent / "stdlib"
    return installed if installed.is_dir() else package.parents[2] / "stdlib-policies"


def path_of(module: str) -> Path | None:
    """The file of a module: `std.a` is `a/a.epol`, `std.a.b` is `a/b.epol`; None if absent."""
    first, *rest = module.split(".")
    if first != "std" or not rest:
        return None
    path = root().joinpath(*(rest[:-1] or rest), rest[-1] + ".epol")
    return path if path.is_file() else None


def modules() -> list[str]:
    """The names of all standard modules."""
    names: list[str] = []
    for path in root().rglob("*.epol"):
        folders = path.relative_to(root()).parent.parts
        last = () if folders[-1:] == (path.stem,) else (path.stem,)
        names.append(".".join(("std", *folders, *last)))
    return sorted(names)
