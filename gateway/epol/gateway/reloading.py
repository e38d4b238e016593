"""A policy's file, watched: a change is compiled in another process and taken as a whole."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from epol.engine import BundleError, EpolError
from epol.engine.bundle.manifest import Manifest
from epol.engine.bundle.sources import OWN
from epol.engine.loading import SUFFIX, open_bundle
from epol.gateway.policies import Policies
from epol.gateway.settings import SettingsError

_log = logging.getLogger("epol.gateway")

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
    """The file of a policy, its source or its bundle, with those that a source imports."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files: tuple[Path, ...] = (path,)
        self._seen = _marks(self._files)

    def has_changed(self) -> bool:
        """Whether it is another one than when this was last asked."""
        before, self._seen = self._seen, _marks(self._files)
        return before != self._seen

    def bundle(self) -> bytes:
        """Its bundle as it is now.  Raises `BundleError`, also for a file that cannot be read.

        A source is compiled in a process of its own, so that nobody waits for it here.
        """
        try:
            if self.path.suffix == SUFFIX:
                return self.path.read_bytes()
            made = self._compiled()
        except OSError as error:
            raise BundleError(f"{self.path}: {error.strerror or error}") from None
        self._files = _files(self.path.absolute(), open_bundle(made, None).manifest)
        self._seen = _marks(self._files)
        return made

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


class Watching:
    """A `Provider` that publishes nothing: it takes the policy anew when its file has changed."""

    name = "policy"

    def __init__(self, file: PolicyFile, policies: Policies, interval: float) -> None:
        """`interval` is in seconds."""
        self._file, self._policies, self.interval = file, policies, interval

    async def read(self) -> Mapping[str, object]:
        """Look at the file.  One that cannot be used leaves the policy as it is."""
        if self._file.has_changed():
            await asyncio.to_thread(exchange, self._file, self._policies)
        return {}


def exchange(file: PolicyFile, policies: Policies) -> bytes | None:
    """Take the policy as its file has it now: its bundle.

    None where it cannot be used, and then nothing has changed.
    """
    try:
        bundle = file.bundle()
        policies.swap(bundle)
    except (EpolError, SettingsError) as error:
        _log.error("the policy stays as it was: %s", error)
        return None
    except Exception as error:  # noqa: BLE001 (a defect in a new policy must not end the old one)
        _log.error("the policy stays as it was: %s", type(error).__name__)
        return None
    name = policies.engine.policy
    _log.info("under %s@%s %s from now on", name.name, name.version or "-", name.digest[:19])
    return bundle


def _files(path: Path, manifest: Manifest) -> tuple[Path, ...]:
    """The files that a policy was compiled from, the library's apart.

    The bundle names them from the nearest folder that holds them all.
    """
    names = [each.name.removeprefix(OWN) for each in manifest.sources if each.name.startswith(OWN)]
    own = max((name for name in names if path.as_posix().endswith(f"/{name}")), key=len)
    top = path.parents[own.count("/")]
    return tuple(top / name for name in names)


def _marks(files: Iterable[Path]) -> Seen:
    """What changes when files do."""
    found: set[tuple[str, int, int, int]] = set()
    for file in files:
        with contextlib.suppress(OSError):
            stat = file.stat()
            found.add((str(file), stat.st_mtime_ns, stat.st_size, stat.st_ino))
    return frozenset(found)
