"""What came of a question: right, blocked, an honest error, broken off, or wrong."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from tests.chaos.asking import Question
from tests.engine.streams.reading import Client

PROBLEMS = {
    ("no-target-answered", 502),
    ("no-target-answered", 503),
    ("no-target-answered", 504),
    ("no-target-up", 503),
    ("budget-unavailable", 503),
    ("vault-failed", 503),
    ("log-failure", 503),
    ("overloaded", 503),
}
"""What may be told while something is broken, and the status that goes with it."""
_ENDS = (b"data: [DONE]\n\n", b'"type": "message_stop"}\n\n', b"response.completed")


class Verdict(StrEnum):
    """How a question ended."""

    RIGHT = "right"
    BLOCKED = "blocked"
    PROBLEM = "problem"
    CUT = "cut with an error"
    BROKEN = "broken off"
    WRONG = "wrong"


@dataclass
class Told:
    """What a caller got: a status of 0 where there is no answer, or not all of one."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    is_whole: bool = False


def code_of(body: bytes) -> str:
    """The code of an error."""
    try:
        found = json.loads(body)["error"]["code"]
    except (ValueError, KeyError, TypeError):
        return "none"
    return str(found)


def judged(asked: Question, told: Told) -> tuple[Verdict, str]:
    """The verdict, and a word for why."""
    if told.status == 0:
        return Verdict.BROKEN, "no answer"
    code = code_of(told.body) if told.status != 200 else ""
    if asked.is_bulk and (told.status, code) == (403, "blocked"):
        return Verdict.BLOCKED, code
    if told.status != 200:
        is_known = (code, told.status) in PROBLEMS
        return (Verdict.PROBLEM if is_known else Verdict.WRONG), f"{told.status} {code}"
    if asked.is_bulk:
        return Verdict.WRONG, "not blocked"
    if asked.streams:
        return _streamed(asked, told)
    if not told.is_whole:
        return Verdict.BROKEN, "cut off"
    return _compared(asked, told)


def _streamed(asked: Question, told: Told) -> tuple[Verdict, str]:
    try:
        has_error = bool(Client(told.body).errors)
    except ValueError:
        return Verdict.BROKEN, "cut off"
    if has_error:
        return Verdict.CUT, "error event"
    if not any(end in told.body for end in _ENDS):
        return Verdict.BROKEN, "cut off"
    return _compared(asked, told)


def _compared(asked: Question, told: Told) -> tuple[Verdict, str]:
    try:
        is_right = asked.is_right(told.body)
    except (ValueError, KeyError, TypeError) as error:
        return Verdict.WRONG, f"unreadable: {type(error).__name__}"
    return (Verdict.RIGHT, "") if is_right else (Verdict.WRONG, "another answer")


@dataclass
class Tally:
    """How questions ended, and those that ended as they may not."""

    counts: Counter[str] = field(default_factory=Counter[str])
    problems: Counter[str] = field(default_factory=Counter[str])
    faults: list[str] = field(default_factory=list[str])

    def add(self, verdict: Verdict, why: str) -> None:
        """One more."""
        self.counts[verdict] += 1
        if why:
            self.problems[why] += 1
