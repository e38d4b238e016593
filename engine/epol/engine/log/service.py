"""What the decision log offers to the compiler's commands, behind the entry point `epol.log`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from epol.engine.bundle.contents import read_bundle
from epol.engine.bundle.log_report import Report
from epol.engine.errors import LogError
from epol.engine.log.chain import Head
from epol.engine.log.keys import LogKeys, find_keys, keys_of_file
from epol.engine.log.reader import Entry, entries, files_of, opened
from epol.engine.log.replay import Replayer
from epol.engine.log.replaying import Replay
from epol.engine.log.verify import Verification

_HEAD = re.compile(r"([1-9]\d{0,17}):([0-9a-f]{64})\Z", re.ASCII)


class LogService:
    """Reading decision logs; see `bundle.service.LogService`."""

    def __init__(self, key_files: Sequence[Path] = ()) -> None:
        """For the keys in some files, or else that of the environment, where they are needed."""
        self._key_files = key_files

    def _keys(self) -> list[LogKeys]:
        """The keys that are given; none where there are none.  Raises `LogError`."""
        if self._key_files:
            return [keys_of_file(path) for path in self._key_files]
        own = find_keys()
        return [] if own is None else [own]

    def lines(self, paths: Sequence[Path]) -> Iterator[Entry]:
        """The lines of a log, in order, without judging them.  Raises `LogError`."""
        files, bad = opened(files_of(paths))
        if bad:
            path, why = bad[0]
            raise LogError(f"{path}: {why}")
        for file in files:
            yield from entries(file)

    def verify(
        self, paths: Sequence[Path], *, is_partial: bool, is_open: bool, head: str | None
    ) -> Report:
        """Whether a log is what was written.  Raises `LogError`."""
        keys = self._keys()
        if not keys:
            raise LogError(
                "a log cannot be verified without its key: set EPOL_LOG_KEY_FILE, or name the "
                "key's file with --key-file"
            )
        known = None if head is None else _head(head)
        verification = Verification(
            files_of(paths), keys, is_partial=is_partial, is_open=is_open, head=known
        )
        for _ in verification.lines():
            pass
        return verification.report

    def replay(
        self,
        paths: Sequence[Path],
        bundle: bytes,
        *,
        same_findings: bool,
        assume_defaults: bool,
        is_partial: bool,
        is_open: bool,
    ) -> Replay:
        """A log's decisions, decided again.  Raises `EpolError`."""
        keys = self._keys()
        replayer = Replayer(
            read_bundle(bundle, trust=None),
            [each.digests for each in keys],
            same_findings=same_findings,
            assume_defaults=assume_defaults,
        )
        if not keys:
            return Replay(self.lines(paths), replayer, None)
        verification = Verification(files_of(paths), keys, is_partial=is_partial, is_open=is_open)
        return Replay(verification.lines(), replayer, verification.report)


def _head(text: str) -> Head:
    found = _HEAD.match(text)
    if found is None:
        raise LogError("a head is a record's number, a colon and its code of 64 hex digits")
    return Head(int(found[1]), bytes.fromhex(found[2]))
