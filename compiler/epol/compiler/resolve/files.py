"""Where a policy's files come from: the disk, or the sources that a bundle carries.

A bundle carries every file that its compiler read, those of standard modules too, so it means
what it meant when it was built, whatever is installed now.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from epol.compiler.resolve import stdlib
from epol.engine.bundle.contents import Bundle, BundleError, read_bundle_file
from epol.engine.bundle.sources import STANDARD
from epol.lang.parser import MAX_SOURCE_BYTES

__all__ = ["BUNDLE_SUFFIX", "BundleError", "Bundled", "Disk", "Files", "opened"]

BUNDLE_SUFFIX = ".epolb"


class Files(Protocol):
    """What a policy's imports are looked up in."""

    def standard(self, module: str) -> Path | None:
        """The file of a standard module, None if there is none."""
        ...

    def read(self, path: Path) -> bytes:
        """The bytes of a file, as far as one may be long.  Raises `OSError`."""
        ...


class Disk:
    """Files as they are now, and the standard modules that are installed."""

    def standard(self, module: str) -> Path | None:
        """The file of an installed module."""
        return stdlib.path_of(module)

    def read(self, path: Path) -> bytes:
        """The bytes of a file, or of whatever can be opened as one."""
        with path.open("rb") as stream:
            return stream.read(MAX_SOURCE_BYTES + 1)


@dataclass(frozen=True)
class Bundled:
    """The sources of a bundle, as if it were a folder."""

    path: Path
    texts: Mapping[str, str]

    def standard(self, module: str) -> Path | None:
        """The file that the bundle has of a module."""
        name = stdlib.name_of(module)
        known = name is not None and STANDARD + name in self.texts
        return self.path / STANDARD / name if known and name else None

    def read(self, path: Path) -> bytes:
        """The bytes of a file of the bundle."""
        name = os.path.relpath(path, self.path)
        if name not in self.texts:
            raise FileNotFoundError(None, "the bundle has no such file")
        return self.texts[name].encode()


def opened(path: Path) -> tuple[Files, Path]:
    """What holds a policy, and the policy's path in it.

    A bundle is verified first: it is whole, but nobody asks who signed it.  Raises
    `BundleError`.
    """
    for outer in (path, *path.parents):
        if outer.suffix == BUNDLE_SUFFIX and outer.is_file():
            bundle = read_bundle_file(outer, trust=None)
            files = Bundled(outer, _texts(outer, bundle))
            return files, outer / bundle.sources.root if outer == path else path
    return Disk(), path


def _texts(path: Path, bundle: Bundle) -> Mapping[str, str]:
    """The files by name, each the one that the manifest speaks of.  Raises `BundleError`."""
    texts = {file.name: file.text for file in bundle.sources.files}
    digests = {each.name: each.sha256 for each in bundle.manifest.sources}
    if {name: _sha256(text) for name, text in texts.items()} != digests:
        raise BundleError(f"{path}: the bundle's sources are not those of its manifest")
    return texts


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
