"""Whether a log is what was written: no line altered, removed, added or moved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from epol.engine.bundle import log_report as names
from epol.engine.bundle.log_report import Report
from epol.engine.log.chain import Head
from epol.engine.log.keys import LogKeys
from epol.engine.log.reader import Entry, LogFile, opened
from epol.engine.log.record import GAP
from epol.engine.log.walk import FileEnd, FileWalk

_CLOSED, _ROTATED = "close", "rotate"


class Verification:
    """Judges a log in one pass; `report` has all there is to say once `lines` is at its end."""

    def __init__(
        self,
        paths: Iterable[Path],
        keys: Sequence[LogKeys],
        *,
        is_partial: bool = False,
        is_open: bool = False,
        head: Head | None = None,
    ) -> None:
        """The files make up one log.

        `is_partial`: files before the first one and after the last one need not be there.
        `is_open`: the log may be in use, and so need not end with a seal.  `head` is a line that
        the log is known to have had.  Raises `LogError` for a file that cannot be opened.
        """
        self.report = Report()
        self._keys = {each.name: each for each in keys}
        self._is_partial, self._is_open, self._head = is_partial, is_open, head
        self._files, bad = opened(paths)
        self.report.files = len(self._files) + len(bad)
        for path, why in bad:
            self.report.add(names.NOT_A_LOG, path, 1, why)
        self._before: FileEnd | None = None

    def lines(self) -> Iterator[Entry]:
        """The lines whose codes are right, in order.  Raises `LogError`."""
        for file in self._files:
            self._check_place(file)
            keys = self._keys.get(file.begin.key)
            if keys is None:
                self._wrong_key(file)
                self._before = None
                continue
            walk = FileWalk(file, keys, self.report)
            for entry in walk.entries():
                self._count(entry)
                yield entry
            self._before = walk.end
        if self._before is not None:
            self._check_end(self._before)
        self._check_head()

    def _count(self, entry: Entry) -> None:
        report, said = self.report, entry.said
        report.lines += 1
        report.kinds[said.kind] = report.kinds.get(said.kind, 0) + 1
        head = Head(said.seq, said.mac)
        report.head = str(head)
        if head == self._head:
            self._head = None
        if said.kind == GAP:
            lost = entry.fields().get("lost")
            report.note(
                "gap", entry.file, entry.line, f"decisions that could not be logged: {lost}"
            )

    # --- how files follow each other --------------------------------------------------

    def _check_place(self, file: LogFile) -> None:
        """Whether a file follows the one before."""
        if self._before is not None:
            self._check_link(file, self._before)
        elif file is self._files[0] and file.begin.file > 1 and not self._is_partial:
            message = (
                f"this is file {file.begin.file}, and those before it are not given; --partial "
                "takes a part of a log"
            )
            self.report.add(names.FILE_MISSING, file.path, 0, message)

    def _check_link(self, file: LogFile, before: FileEnd) -> None:
        number, previous = file.begin.file, file.begin.previous
        if number == before.number:
            message = f"there is another file {number} of the log"
            self.report.add(names.FILE_TWICE, file.path, 0, message)
        elif number != before.number + 1:
            missing = f"{before.number + 1} to {number - 1}"
            message = f"before it, the log's files {missing} are missing"
            self.report.add(names.FILE_MISSING, file.path, 0, message)
        elif previous is None or (previous.head, previous.torn) != (before.head, before.torn):
            self._broken_link(file, before)
        elif before.torn is not None:
            message = f"a crash has torn a line: {before.torn.bytes} bytes were left behind"
            self.report.note("torn-line", before.path, before.lines + 1, message)

    def _broken_link(self, file: LogFile, before: FileEnd) -> None:
        previous = file.begin.previous
        if previous is not None and previous.seq > before.head.seq:
            message = (
                f"the file ends with record {before.head.seq}, and the next file goes on behind "
                f"record {previous.seq}"
            )
            self.report.add(names.LINES_REMOVED, before.path, before.lines + 1, message)
        else:
            message = f"its end is not the one that {file.path.name} goes on from"
            self.report.add(names.LINE_ALTERED, before.path, before.lines, message)

    def _wrong_key(self, file: LogFile) -> None:
        given = ", ".join(sorted(self._keys)) or "none"
        message = f"it was written under the key {file.begin.key}, and given is {given}"
        self.report.add(names.WRONG_KEY, file.path, 1, message)

    # --- the end ----------------------------------------------------------------------

    def _check_end(self, end: FileEnd) -> None:
        if end.torn is not None:
            message = (
                f"the last line is torn: {end.torn.bytes} bytes of it are there. A crash does "
                "that, and so does whoever cuts the log off"
            )
            self.report.add(names.TORN_END, end.path, end.lines + 1, message)
        elif end.sealed_by == _ROTATED:
            if not self._is_partial:
                message = f"the log goes on in file {end.number + 1}, which is not given"
                self.report.add(names.FILE_MISSING, end.path, 0, message)
        elif end.sealed_by != _CLOSED and not self._is_open:
            message = (
                f"the log was not closed; {end.unsealed} lines stand behind the last seal. It is "
                "in use, which --open allows, or its writer was killed, or its end was cut off"
            )
            self.report.add(names.END_OPEN, end.path, end.lines, message)

    def _check_head(self) -> None:
        if self._head is not None and self._files:
            message = f"the log had a record {self._head.seq} of the given code, and has it no more"
            self.report.add(names.HEAD_MISSING, self._files[-1].path, 0, message)
