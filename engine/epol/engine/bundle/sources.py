"""The policy's files in a bundle, as they were read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from epol.engine.errors import BundleError

OWN, STANDARD = "policy/", "std/"
"""What the names of the policy's own files, and of standard modules, begin with."""

# A name is joined to a folder when the files are written out.
_PART = r"(?!\.{1,2}(/|\Z))[^/\\\x00-\x1f\x7f]{1,255}"
_NAME = re.compile(rf"(policy|std)(/{_PART})+\Z")
_MOST_CHARACTERS = 4096


@dataclass(frozen=True)
class SourceFile:
    """One file: a relative path below `policy/` or `std/`, and its text."""

    name: str
    text: str


@dataclass(frozen=True)
class Sources:
    """All files that the compiler read, by name; `root` is the policy's."""

    root: str
    files: tuple[SourceFile, ...]

    def check(self) -> None:
        """Raise `BundleError` for names that are no paths within a folder, or unordered ones."""
        names = [file.name for file in self.files]
        for name in names:
            if len(name) > _MOST_CHARACTERS or not _NAME.match(name):
                raise BundleError("the section `sources` has a file whose name is not allowed")
        if names != sorted(set(names)) or self.root not in names:
            raise BundleError("the section `sources` has no root, or its files are not in order")
