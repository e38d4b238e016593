"""Where tests that were made are written: behind the tests of a policy, or in a module of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from epol.compiler.pipeline import Compiled
from epol.compiler.resolve.loader import LoadedFile
from epol.lang import ast
from epol.lang.parser import MAX_SOURCE_BYTES, parse
from epol.lang.source import Source


class WritingError(ValueError):
    """Tests that cannot be written there; str() says why, and what to do."""


@dataclass(frozen=True)
class Page:
    """A file that tests are added to: what is in it (None: it is not there yet).

    `is_read` says whether the policy reads it, so that its tests run.
    """

    path: Path
    content: bytes | None
    head: str = ""
    is_read: bool = True

    def with_tests(self, comment: str, blocks: Sequence[str]) -> bytes:
        """The file with tests at its end; what was there stays as it is, byte for byte."""
        made = f"# {comment}\n\n" + "\n".join(blocks)
        before = b"" if self.content is None else self.content
        if b"\r\n" in before:
            made = made.replace("\n", "\r\n")
        newline = b"\r\n" if b"\r\n" in before else b"\n"
        gap = b"" if not before else newline if before.endswith(b"\n") else newline * 2
        whole = before + gap + (self.head + made).encode("utf-8")
        if len(whole) > MAX_SOURCE_BYTES:
            raise WritingError(f"{self.path}: the file would become too large; name another by -o")
        return whole

    def is_as_read(self) -> bool:
        """Whether nobody has changed the file since it was read."""
        try:
            return self.path.read_bytes() == self.content
        except FileNotFoundError:
            return self.content is None


def page_for(compiled: Compiled, output: Path | None) -> Page:
    """The file for tests of a policy: the policy's own, or another.  Raises `WritingError`.

    A file that is there already must be one that the policy reads, so that nothing is ever
    written over.
    """
    root = compiled.unit.root
    path = root.path if output is None else output
    if path.suffix != ".epol":
        raise WritingError(f"{path}: tests are written to an .epol file; name one by -o")
    if not path.exists():
        if output is None:
            raise WritingError(f"{path}: this file is in a bundle; name another by -o")
        return Page(path, None, f"module {_module(compiled, path)}\n\n", is_read=False)
    known = {file.path.resolve(): file for file in compiled.unit.files}
    file = known.get(path.resolve())
    if file is None:
        cure = f"import it in {root.path} if its tests are this policy's, or name another file"
        raise WritingError(f"{path}: this file is there already; {cure}")
    if file.is_standard or (file is not root and not _has_tests_only(file)):
        raise WritingError(f"{path}: this module has more than tests in it; name another file")
    return Page(path, file.tree.source.text.encode("utf-8", "surrogateescape"))


def _has_tests_only(file: LoadedFile) -> bool:
    """Whether a module declares nothing, so that names in it mean what they mean in the policy."""
    harmless = ast.ModuleHead | ast.Import | ast.Test
    return all(isinstance(node, harmless) for node in file.tree.declarations)


def _module(compiled: Compiled, path: Path) -> str:
    """The name of a new module, after its file."""
    name = re.sub(r"[^a-z0-9_]+", "_", path.stem.lower()).strip("_")
    if not name[:1].isalpha() or parse(Source("", f"module {name}")).diagnostics:
        name = f"tests_{name}".rstrip("_")
    if name in {file.module for file in compiled.unit.files}:
        raise WritingError(f"{path}: there is a module `{name}` already; name another file")
    return name
