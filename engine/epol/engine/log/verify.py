"""Whether a log is what was written: no line altered, removed, added or moved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from epol.engine.bundle import log_report as names
from epol.engine.bundle.log_report import Report
from epol.engine.log.begin import Torn
from epol.engine.log.chain import MAX_EPOCHS, NO_MAC, SEAL, Chain, Epoch, Head, Stated, stated
from epol.engine.log.keys import LogKeys
from epol.engine.log.reader import Entry, LogFile, opened, raw_lines
from epol.engine.log.record import GAP

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
        self._before: _FileEnd | None = None

    def lines(self) -> Iterator[Entry]:
        """The lines whose codes are right, in order.  Raises `LogError`."""
        for file in self._files:
            self._check_place(file)
            keys = self._keys.get(file.begin.key)
            if keys is None:
                self._wrong_key(file)
                self._before = None
                continue
            walk = _FileWalk(file, keys, self.report)
            for entry in walk.entries():
                self._count(entry)
                yield entry
            self._before = walk.end
        self._check_end()

    def _check_place(self, file: LogFile) -> None:
        """Whether a file follows the one before."""
        number, before, previous = file.begin.file, self._before, file.begin.previous
        add = self.report.add
        if before is None:
            if file is self._files[0] and number > 1 and not self._is_partial:
                add(names.FILE_MISSING, file.path, 0, f"this is file {number}, and the first one "
                    "is not given; --partial takes a part of a log")  # fmt: skip
            return
        if number == before.number:
            add(names.FILE_TWICE, file.path, 0, f"there is another file {number} of the log")
        elif number != before.number + 1:
            missing = f"{before.number + 1} to {number - 1}"
            add(
                names.FILE_MISSING,
                file.path,
                0,
                f"before it, the log's files {missing} are missing",
            )
        elif previous is None or (previous.head, previous.torn) != (before.head, before.torn):
            self._broken_link(file, before)
        elif before.torn is not None:
            self.report.note(
                "torn-line", before.path, before.lines + 1,
                f"a crash has torn a line: {before.torn.bytes} bytes that were left behind",
            )  # fmt: skip

    def _broken_link(self, file: LogFile, before: _FileEnd) -> None:
        previous = file.begin.previous
        if previous is not None and previous.seq > before.head.seq:
            self.report.add(
                names.LINES_REMOVED, before.path, before.lines + 1,
                f"the file ends with record {before.head.seq}, and the next file goes on behind "
                f"record {previous.seq}",
            )  # fmt: skip
        else:
            self.report.add(
                names.LINE_ALTERED, before.path, before.lines,
                f"its end is not the one that {file.path.name} goes on from",
            )  # fmt: skip

    def _wrong_key(self, file: LogFile) -> None:
        given = ", ".join(sorted(self._keys)) or "none"
        self.report.add(
            names.WRONG_KEY, file.path, 1,
            f"it was written under the key {file.begin.key}, and given is {given}",
        )  # fmt: skip

    def _count(self, entry: Entry) -> None:
        report, said = self.report, entry.said
        report.lines += 1
        report.kinds[said.kind] = report.kinds.get(said.kind, 0) + 1
        report.head = str(Head(said.seq, said.mac))
        if self._head is not None and said.seq == self._head.seq and said.mac == self._head.mac:
            self._head = None
        if said.kind == GAP:
            lost = entry.fields().get("lost")
            report.note("gap", entry.file, entry.line, f"{lost} decisions could not be logged")

    def _check_end(self) -> None:
        report, end = self.report, self._before
        if end is not None:
            if end.torn is not None:
                report.add(
                    names.TORN_END, end.path, end.lines + 1,
                    f"the last line is torn: {end.torn.bytes} bytes of it are there. A crash does "
                    "that, and so does whoever cuts the log off",
                )  # fmt: skip
            elif end.sealed_by == _ROTATED:
                if not self._is_partial:
                    report.add(names.FILE_MISSING, end.path, 0, f"the log goes on in file "
                               f"{end.number + 1}, which is not given")  # fmt: skip
            elif end.sealed_by != _CLOSED and not self._is_open:
                report.add(
                    names.END_OPEN, end.path, end.lines,
                    f"the log was not closed; {end.unsealed} lines stand behind the last seal. It is "
                    "in use, which --open allows, its writer was killed, or its end was cut off",
                )  # fmt: skip
        if self._head is not None and self._files:
            report.add(
                names.HEAD_MISSING, self._files[-1].path, 0,
                f"the log had a record {self._head.seq} with the code that is given, and has not",
            )  # fmt: skip


class _FileEnd:
    """Where a file ends."""

    def __init__(self, walk: _FileWalk, chain: Chain, lines: int, torn: Torn | None) -> None:
        self.path, self.number = walk.file.path, walk.file.begin.file
        self.head, self.unsealed = chain.head, chain.unsealed
        self.sealed_by, self.lines, self.torn = walk.sealed_by, lines, torn


class _FileWalk:
    """One file from its first line to its end."""

    def __init__(self, file: LogFile, keys: LogKeys, report: Report) -> None:
        self.file, self._report = file, report
        previous = file.begin.previous
        before = Head(0, NO_MAC) if previous is None else previous.head
        self._first = Epoch(0, keys.chain(file.begin.chain))
        self._chain = Chain(self._first, before)
        self._steps = MAX_EPOCHS
        self._set_epoch(file.begin.epoch)
        # Behind a line that is wrong, the codes that the next one may go on from.
        self._maybe: tuple[bytes, ...] = ()
        self._unread = 0
        self.sealed_by: str | None = None
        self.end: _FileEnd | None = None

    def entries(self) -> Iterator[Entry]:
        """The lines whose codes are right."""
        number, torn = 0, None
        for raw in raw_lines(self.file.path):
            if not raw.endswith(b"\n"):
                torn = Torn(len(raw), hashlib.sha256(raw).hexdigest())
                break
            number += 1
            said = stated(raw)
            if said is None:
                self._unread += 1
                self._wrong(names.LINE_ALTERED, number, "it is not a line of a decision log")
            elif self._follows(said):
                self._accept(said)
                yield Entry(self.file.path, number, said)
            else:
                self._judge(said, number)
        self.end = _FileEnd(self, self._chain, number, torn)

    def _follows(self, said: Stated) -> bool:
        """Whether a line goes on from the one before, or from what that may have been."""
        chain, head = self._chain, self._chain.head
        if chain.follows(said):
            return True
        for mac in self._maybe:
            chain.head = Head(said.seq - 1, mac)
            if chain.follows(said):
                return True
        chain.head = head
        return False

    def _accept(self, said: Stated) -> None:
        self._chain.accept(said)
        self._maybe, self._unread = (), 0
        self.sealed_by = None
        if said.kind == SEAL:
            why = Entry(self.file.path, 0, said).fields().get("why")
            self.sealed_by = why if isinstance(why, str) else ""

    def _judge(self, said: Stated, number: int) -> None:
        """Say what is wrong with a line, and go on behind it as well as can be."""
        head, wanted = self._chain.head, self._chain.head.seq + 1 + self._unread
        if said.seq <= head.seq:
            if said.mac == head.mac:
                self._wrong(names.LINE_DUPLICATED, number, "it stands twice")
            else:
                self._wrong(
                    names.LINE_OUT_OF_ORDER, number,
                    f"record {said.seq} stands behind record {head.seq}: it was moved or added",
                )  # fmt: skip
            return
        if said.seq > wanted:
            self._wrong(
                names.LINES_REMOVED, number,
                f"before it, the records {head.seq + 1} to {said.seq - 1} are missing",
            )  # fmt: skip
        elif not self._unread:
            self._wrong(names.LINE_ALTERED, number, "its code is not that of what it says")
        self._go_on_behind(said)

    def _go_on_behind(self, said: Stated) -> None:
        computed = self._chain.code(said.body)
        self._set_epoch(said.epoch)
        self._chain.head = Head(said.seq, said.mac)
        self._maybe, self._unread = (computed,), 0
        self.sealed_by = None
        if said.kind == SEAL:
            self._set_epoch(said.epoch + 1)

    def _set_epoch(self, number: int) -> None:
        """Go to an epoch that a line states; lies are not followed for ever."""
        start = self._chain.epoch if self._chain.epoch.number <= number else self._first
        steps = number - start.number
        if steps <= self._steps:
            self._steps -= steps
            self._chain.epoch = start.at(number)

    def _wrong(self, name: str, line: int, message: str) -> None:
        self._report.add(name, self.file.path, line, message)
