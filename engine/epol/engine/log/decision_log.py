"""The decision log, as the engine writes it."""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from weakref import WeakSet

from epol.engine.deciding.batch import Batch
from epol.engine.decision import Decision, PolicyName
from epol.engine.errors import LogError
from epol.engine.forks import renewed_after_fork
from epol.engine.log.keys import LogKeys, keys_from_environment
from epol.engine.log.record import BATCH, DECISION, GAP, POLICY, Recorder, batch_fields, gap_fields
from epol.engine.log.sealer import Sealer
from epol.engine.log.writer import AT_SEALS, FSYNC, LogWriter, now
from epol.engine.request import Request
from epol.engine.seen import About, Seen

_log = logging.getLogger("epol.engine")

BLOCK, COUNT = "block", "count"
MIB = 1024 * 1024
_LEAST_FILE = 4096
_ROOM = 512
"""What a line has beside its fields, and a gap, if there is one."""


class DecisionLog:
    """One line for each decision, in a folder of files that show what was done to them.

    Safe to share between threads and engines; other processes may write to the same folder, and
    a forked child goes on with it.  `close` seals the end, as the end of the program does.
    """

    def __init__(
        self,
        folder: str | PathLike[str],
        *,
        key: bytes | None = None,
        on_failure: str = BLOCK,
        seal_lines: int = 1000,
        seal_seconds: float = 60.0,
        max_bytes: int = 64 * MIB,
        fsync: str = AT_SEALS,
    ) -> None:
        """Open the log in a folder, or begin one.

        `key` has 32 bytes or more; if it is not given, it is that of the environment
        (`EPOL_LOG_KEY_FILE`, `EPOL_LOG_KEY`).  `on_failure` says what becomes of a request
        whose decision cannot be logged: `block`, or `count`, with which it goes on, and the log
        has the number of those that are not in it.  An epoch is sealed after so many lines and
        seconds, a file ends before it has more bytes than `max_bytes`.  `fsync` is `always`,
        `seals` or `never`.  Raises `LogError`, ValueError for settings that are none.
        """
        _check(on_failure, seal_lines, seal_seconds, max_bytes, fsync)
        keys = keys_from_environment() if key is None else LogKeys(key)
        self.digests = keys.digests
        self.lost = 0
        self._since = ""
        self._counting = threading.Lock()
        self._on_failure, self._seal_lines = on_failure, seal_lines
        self._writer = LogWriter(Path(folder), keys, max_bytes=max_bytes, fsync=fsync)
        self._described: set[tuple[int, str]] = set()
        self._sealer = Sealer(seal_seconds, self._seal_in_time)
        self._closed = False
        _logs.add(self)
        renewed_after_fork(self)

    @property
    def head(self) -> str:
        """The last line by number and code, for `epolc log verify --head`."""
        return str(self._writer.head)

    def decision(
        self,
        recorder: Recorder,
        decision: Decision,
        request: Request,
        seen: Seen,
        about: About,
        microseconds: float,
    ) -> None:
        """Log a decision.  Raises `LogError` where it is not logged, unless such are counted."""
        self._append(
            DECISION,
            lambda: recorder.decision(decision, request, seen, about, microseconds),
            recorder,
        )

    def batch(
        self, recorder: Recorder, batch: Batch, policy: PolicyName, microseconds: float
    ) -> None:
        """Log how a batch was decided, in one line.  Raises as `decision` does."""
        self._append(BATCH, lambda: batch_fields(batch, policy, microseconds), recorder, len(batch))

    def seal(self) -> None:
        """Seal what was written until now.  Raises `LogError`."""
        self._seal("asked")

    def close(self) -> None:
        """Seal the end and let the files go; what is logged afterwards is an error."""
        if not self._closed:
            self._closed = True
            self._sealer.stop()
            try:
                self._seal("close")
            finally:
                self._writer.close()

    def __enter__(self) -> DecisionLog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def after_fork(self) -> None:
        """In the child, the thread that seals is not there, and no lock is the child's."""
        self._counting = threading.Lock()
        self._sealer.after_fork()
        self._writer.after_fork()

    def _append(
        self, kind: str, render: Callable[[], bytes], recorder: Recorder, decisions: int = 1
    ) -> None:
        try:
            fields = render()
            with self._writer.turn():
                self._write(kind, fields, recorder)
        except LogError as error:
            if self._on_failure == BLOCK:
                raise
            self._count(decisions, error)
        else:
            self._sealer.start()

    def _write(self, kind: str, fields: bytes, recorder: Recorder) -> None:
        writer = self._writer
        writer.catch_up()
        writer.make_room(len(fields) + len(recorder.declared) + _ROOM)
        self._tell_of_gap()
        self._describe(recorder)
        writer.append(kind, fields)
        if writer.unsealed >= self._seal_lines:
            self._seal_full()

    def _seal_full(self) -> None:
        """Seal an epoch that is full.  The line is written already, so an error is only told."""
        try:
            self._writer.seal("lines")
        except (LogError, OSError) as error:
            _log.error("the decision log could not be sealed: %s", type(error).__name__)

    def _describe(self, recorder: Recorder) -> None:
        """Say once in a file what the policy declares."""
        if (self._writer.number, recorder.digest) not in self._described:
            self._writer.append(POLICY, recorder.declared)
            self._described.add((self._writer.number, recorder.digest))

    def _count(self, decisions: int, error: LogError) -> None:
        if not self.lost:
            _log.error("decisions are not logged: %s", error)
        with self._counting:
            if not self.lost:
                self._since = now()
            self.lost += decisions

    def _tell_of_gap(self) -> None:
        """Say how many decisions were not logged, now that a line can be written."""
        if self.lost:
            lost = self.lost
            self._writer.append(GAP, gap_fields(lost, self._since))
            with self._counting:
                self.lost -= lost

    def _seal(self, why: str) -> None:
        with self._writer.turn():
            self._writer.catch_up()
            self._tell_of_gap()
            self._writer.seal(why)

    def _seal_in_time(self) -> None:
        """Seal if there is anything to seal; the thread that does so must not end."""
        try:
            with self._writer.turn():
                self._writer.catch_up()
                if self._writer.unsealed:
                    self._writer.seal("time")
        except LogError as error:
            _log.error("the decision log could not be sealed: %s", error)


def _check(
    on_failure: str, seal_lines: int, seal_seconds: float, max_bytes: int, fsync: str
) -> None:
    if on_failure not in (BLOCK, COUNT):
        raise ValueError(f"on_failure is one of {BLOCK}, {COUNT}")
    if fsync not in FSYNC:
        raise ValueError(f"fsync is one of {', '.join(FSYNC)}")
    if seal_lines < 1 or not seal_seconds > 0:
        raise ValueError("a log is sealed after a line or more, and after more than no time")
    if max_bytes < _LEAST_FILE:
        raise ValueError(f"a file of a log has {_LEAST_FILE} bytes or more")


_logs: WeakSet[DecisionLog] = WeakSet()


def _close_logs() -> None:
    for each in list(_logs):
        try:
            each.close()
        except LogError as error:
            _log.error("the decision log could not be closed: %s", error)


atexit.register(_close_logs)
