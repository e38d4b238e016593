"""One file of a log from its first line to its end: which lines are as they were written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from epol.engine.bundle import log_report as names
from epol.engine.bundle.log_report import Report
from epol.engine.log.begin import Torn
from epol.engine.log.chain import MAX_EPOCHS, NO_MAC, SEAL, Chain, Epoch, Head, Stated, stated
from epol.engine.log.keys import LogKeys
from epol.engine.log.reader import Entry, LogFile, raw_lines


class FileEnd:
    """Where a file ends: its last line, what stands behind it, and why it was sealed, if it was."""

    def __init__(self, walk: FileWalk, chain: Chain, lines: int, torn: Torn | None) -> None:
        self.path, self.number = walk.file.path, walk.file.begin.file
        self.head, self.unsealed = chain.head, chain.unsealed
        self.sealed_by, self.lines, self.torn = walk.sealed_by, lines, torn


class FileWalk:
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
        self.end: FileEnd | None = None

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
        self.end = FileEnd(self, self._chain, number, torn)

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
                message = f"record {said.seq} stands behind record {head.seq}: moved, or added"
                self._wrong(names.LINE_OUT_OF_ORDER, number, message)
            return
        if said.seq > wanted:
            message = f"before it, the records {head.seq + 1} to {said.seq - 1} are missing"
            self._wrong(names.LINES_REMOVED, number, message)
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
