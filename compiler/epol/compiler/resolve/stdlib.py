"""Where the standard modules are."""

from __future__ import annotations

from pathlib import Path

from epol.compiler.shipped import shipped

TEST_SUFFIX = ".test.epol"
"""How the files end that test the module beside them, which is called the same up to here."""


def root() -> Path:
    """The folder of the standard modules."""
    return shipped("stdlib", "stdlib-policies")


def path_of(module: str) -> Path | None:
    """The file of a module; None if there is none."""
    name = name_of(module)
    path = None if name is None else root() / name
    return path if path is not None and path.is_file() else None


def name_of(module: str) -> str | None:
    """What the file of a module is called below the root: that of `std.a` is `a/a.epol`, that of
    `std.a.b` is `a/b.epol`.  None for what is no name of a standard module."""
    first, *rest = module.split(".")
    if first != "std" or not rest:
        return None
    return "/".join((*(rest[:-1] or rest), rest[-1] + ".epol"))


def modules() -> list[str]:
    """The names of all standard modules."""
    names: list[str] = []
    for path in root().rglob("*.epol"):
        if path.name.endswith(TEST_SUFFIX):
            continue
        folders = path.relative_to(root()).parent.parts
        last = () if folders[-1:] == (path.stem,) else (path.stem,)
        names.append(".".join(("std", *folders, *last)))
    return sorted(names)
