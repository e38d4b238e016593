"""Questions that share one budget of time."""

from __future__ import annotations

from time import monotonic

from epol.compiler.smt.answers import Answer, Undecided
from epol.compiler.smt.fewest import OUT_OF_TIME
from epol.compiler.smt.solver import Solver
from epol.compiler.smt.terms import Bool


class Asking:
    """A solver that is asked until some time (monotonic seconds), which may be moved."""

    def __init__(self, solver: Solver, until: float) -> None:
        self._solver, self.until = solver, until

    @property
    def left(self) -> float:
        """Seconds that are left; none if not above zero."""
        return self.until - monotonic()

    def ask(self, *conditions: Bool, values: bool = False) -> Answer:
        """Whether conditions can hold together."""
        left = self.left
        if left <= 0:
            return Undecided(OUT_OF_TIME)
        answer = self._solver.ask(*conditions, budget=left, values=values)
        is_late = isinstance(answer, Undecided) and self.left <= 0
        return Undecided(OUT_OF_TIME) if is_late else answer
