"""Checks of one file, one after the other, such as after every edit."""

from __future__ import annotations

import datetime
import time
from pathlib import Path

from epol.compiler.analysing import Known
from epol.compiler.check.retyping import Retyper
from epol.compiler.confirming import doubts, replayed
from epol.compiler.examine import Examination, judge
from epol.compiler.pipeline import compile_policy
from epol.compiler.smt.memory import Memory
from epol.lang.rereading import Rereader


class Checker:
    """What `epolc check` says of one file, each time it is asked; `budget` is in seconds.

    Between checks it keeps what the solver and the witnesses have shown.  It finds what a check
    from the beginning finds, but the requests that show it may be others.
    """

    def __init__(self, path: Path, budget: float | None = None) -> None:
        self._path, self._budget = path, budget
        self._memory, self._rereader, self._retyper = Memory(), Rereader(), Retyper()
        self._known: Known | None = None

    @property
    def size(self) -> int:
        """How many terms are kept."""
        return self._memory.terms.count

    def examine(self, today: datetime.date | None = None) -> Examination:
        """Check the file as it is now.

        The evaluator confirms what witnesses show; the engine is asked by `doubts`.  Raises
        `UnreadableError` if the file cannot be read.
        """
        compiled = compile_policy(self._path, self._rereader.parse, self._retyper)
        deadline = None if self._budget is None else time.monotonic() + self._budget
        if self._memory.is_large():
            self._memory.forget()
        self._known = Known(compiled, deadline, self._memory, confirms=False)
        return judge(compiled, deadline, today, known=self._known)

    def doubts(self) -> str | None:
        """Why the engine does not confirm the witnesses of the last check; None if it does."""
        known = self._known
        if known is None or not known.unconfirmed:
            return None
        return doubts(replayed(known.policy, known.unconfirmed))
