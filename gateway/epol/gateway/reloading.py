"""A policy's file, watched: a change is compiled in another process and taken as a whole."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from epol.engine import BundleError
from epol.engine.loading import SUFFIX

_PATIENCE = 600.0
_COMPILE = """
import sys
from pathlib import Path
from epol.engine import EpolError
from epol.engine.loading import compiled
try:
    sys.stdout.buffer.write(compiled(Path(sys.argv[1])))
except EpolError as error:
    sys.exit(str(error))
"""

Seen = frozenset[tuple[str, int, int, int]]


class PolicyFile:
    """The file of a policy, its source or its bundle."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen = self._look()

    def has_changed(self) -> bool:
        """Whether it is another one than when this was last asked.

        Of a source, so are all `.epol` files in its folder and below, which it may import.
        """
        before, self._seen = self._seen, self._look()
        return before != self._seen

    def bundle(self) -> bytes:
        """Its bundle as it is now.  Raises `BundleError`, also for a file that cannot be read.

        A source is compiled in a process of its own, so that nobody waits for it here.
        """
        try:
            if self.path.suffix == SUFFIX:
                return self.path.read_bytes()
            return self._compiled()
        except OSError as error:
            raise BundleError(f"{self.path}: {error.strerror or error}") from None

    def _compiled(self) -> bytes:
        try:
            done = subprocess.run(  # noqa: S603 (this Python, with a program of ours)
                [sys.executable, "-c", _COMPILE, str(self.path)],
                capture_output=True,
                timeout=_PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise BundleError(f"{self.path}: compiling it took too long") from None
        if done.returncode != 0:
            raise BundleError(done.stderr.decode("utf-8", "replace").strip())
        return done.stdout

    def _look(self) -> Seen:
        return frozenset(_marks(self._files()))

    def _files(self) -> Iterator[Path]:
        yield self.path
        if self.path.suffix != SUFFIX:
            yield from self.path.parent.rglob("*.epol")


def _marks(files: Iterator[Path]) -> Iterator[tuple[str, int, int, int]]:
    for file in files:
        try:
            stat = file.stat()
        except OSError:
            continue
        yield str(file), stat.st_mtime_ns, stat.st_size, stat.st_ino
