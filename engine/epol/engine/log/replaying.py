"""A log as it is read, each decision decided again."""

from __future__ import annotations

from collections.abc import Iterator

from epol.engine.bundle.lines import decode_object, encode_line
from epol.engine.bundle.log_report import Replayed, Report
from epol.engine.log.declared import Declared
from epol.engine.log.reader import Entry
from epol.engine.log.record import DECISION, POLICY
from epol.engine.log.replay import Again, Replayer, differing
from epol.engine.log.shape import DecisionLine, PolicyLine


class Replay:
    """The decisions of a log under another policy; see `bundle.service.LogReplay`."""

    def __init__(self, lines: Iterator[Entry], replayer: Replayer, report: Report | None) -> None:
        self._lines, self._replayer, self.report = lines, replayer, report
        self._old: dict[str, tuple[Declared, PolicyLine]] = {}
        self.unreadable = 0

    def records(self) -> Iterator[Replayed]:
        """The decisions of the log, in order.  Raises `LogError`."""
        for entry in self._lines:
            if entry.said.kind == POLICY:
                self._remember(entry)
            elif entry.said.kind == DECISION:
                record = decode_object(entry.said.body + b"}", DecisionLine)
                if record is None or not self._is_sound(record):
                    self.unreadable += 1
                else:
                    yield self._again(entry, record)

    def _is_sound(self, record: DecisionLine) -> bool:
        declared, _ = self._old.get(record.policy.digest, (None, None))
        has_targets = declared is None or record.targets.keys() <= declared.targets.keys()
        return has_targets and record.is_sound()

    def _remember(self, entry: Entry) -> None:
        line = decode_object(entry.said.body + b"}", PolicyLine)
        declared = None if line is None else decode_object(encode_line(line.declares), Declared)
        if line is None or declared is None:
            self.unreadable += 1
        else:
            self._old[declared.digest] = declared, line

    def _again(self, entry: Entry, record: DecisionLine) -> Replayed:
        declared, line = self._old.get(record.policy.digest, (None, None))
        again: Again = self._replayer.decide(record, declared)
        fields = entry.fields()
        is_same = record.policy.digest == self._replayer.declared.digest
        other = differing(fields, again.decision) if is_same and again.decision else ()
        declares = None if line is None else line.declares
        return Replayed(entry.file, entry.line, fields, declares, again.decision, again.why, other)
