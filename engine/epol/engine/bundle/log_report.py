"""What verifying a log can find, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NOT_A_LOG = "not-a-log"
WRONG_KEY = "wrong-key"
LINE_ALTERED = "line-altered"
LINES_REMOVED = "lines-removed"
LINE_DUPLICATED = "line-duplicated"
LINE_OUT_OF_ORDER = "line-out-of-order"
TORN_END = "torn-end"
END_OPEN = "end-open"
FILE_MISSING = "file-missing"
FILE_TWICE = "file-twice"
HEAD_MISSING = "head-missing"

MOST_FINDINGS = 100
"""Findings that are kept; the rest are counted."""


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was written: where (lines from 1; 0: the file), and what."""

    name: str
    file: Path
    line: int
    message: str


@dataclass
class Report:
    """What verifying found.

    `count` counts all findings; `notes` are what the log itself says went wrong.  `lines` are
    those whose codes are right, `kinds` counts them; `head` is the last one.
    """

    findings: list[Finding] = field(default_factory=list[Finding])
    notes: list[Finding] = field(default_factory=list[Finding])
    count: int = 0
    files: int = 0
    lines: int = 0
    kinds: dict[str, int] = field(default_factory=dict[str, int])
    head: str = ""

    def add(self, name: str, file: Path, line: int, message: str) -> None:
        """Note a finding."""
        self.count += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(name, file, line, message))

    def note(self, name: str, file: Path, line: int, message: str) -> None:
        """Note what is no finding."""
        if len(self.notes) < MOST_FINDINGS:
            self.notes.append(Finding(name, file, line, message))


@dataclass(frozen=True)
class Replayed:
    """A decision of a log, decided again.

    `fields` are the record's, `declares` what its policy declares (a line of kind `policy`; None
    where the log does not have it).  `decision` has what a record would have of the decision, None
    where the record cannot be decided again as it would have been, and `why` says why not.
    `differing` names what one and the same policy decides otherwise now.
    """

    file: Path
    line: int
    fields: Mapping[str, Any]
    declares: Mapping[str, Any] | None
    decision: Mapping[str, Any] | None
    why: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
