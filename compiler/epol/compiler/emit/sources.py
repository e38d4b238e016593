"""The files of a build as a bundle carries them.

The policy's own files keep their places towards each other, below the nearest folder that holds
them all; so their imports still lead from one to the other, and nothing of a path above that
folder gets into the bundle.  Standard modules are named as in the library.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from epol.compiler.resolve import stdlib
from epol.compiler.resolve.loader import LoadedFile, Unit
from epol.engine.bundle.contents import BundleError
from epol.engine.bundle.manifest import SourceDigest
from epol.engine.bundle.sources import OWN, STANDARD, SourceFile, Sources
from epol.lang import ast


def names_of(units: Sequence[Unit]) -> Mapping[str, str]:
    """For each file's name as diagnostics show it, its name in the bundle.

    Raises `BundleError` for a file that is imported under two names (through a link): in the
    bundle it would be two files.
    """
    files = [file for unit in units for file in unit.files]
    own = [_place(file.path) for file in files if not file.is_standard]
    top = os.path.commonpath([os.path.dirname(place) for place in own])  # noqa: PTH120 (text)
    for unit in units:
        for file, node in unit.imports:
            _check_name(unit, file, node)
    return {file.tree.source.name: _name(file, top) for file in files}


def _place(path: Path) -> str:
    """A path from the root, as its text says: links in it are not followed."""
    return os.path.abspath(path)  # noqa: PTH100 (resolve follows links)


def _name(file: LoadedFile, top: str) -> str:
    if not file.is_standard:
        return OWN + Path(os.path.relpath(_place(file.path), top)).as_posix()
    name = stdlib.name_of(file.tree.source.name)
    assert name is not None, "a standard module imports others by name only"
    return STANDARD + name


def _check_name(unit: Unit, file: LoadedFile, node: ast.Import) -> None:
    imported = unit.imported(node)
    if imported is None or not isinstance(node.target, ast.Text):
        return
    wanted = _place(file.path.parent / node.target.value)
    if wanted != _place(imported.path):
        raise BundleError(
            f"{file.tree.source.name}: the import of “{node.target.value}” leads to a file that is "
            f"also imported as {imported.tree.source.name}; a bundle keeps files by name, so "
            "import it under one"
        )


def sources_of(units: Sequence[Unit], names: Mapping[str, str]) -> Sources:
    """The files of builds, each once; the first build's root is the policy."""
    texts = {
        names[file.tree.source.name]: file.tree.source.text for unit in units for file in unit.files
    }
    root = names[units[0].root.tree.source.name]
    return Sources(root, tuple(SourceFile(name, text) for name, text in sorted(texts.items())))


def digests_of(files: Iterable[SourceFile]) -> tuple[SourceDigest, ...]:
    """What the manifest says of files."""
    return tuple(
        SourceDigest(file.name, hashlib.sha256(file.text.encode()).hexdigest()) for file in files
    )
