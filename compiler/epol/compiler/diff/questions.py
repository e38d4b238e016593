"""One request as two policies read it, and a solver that is asked about it."""

from __future__ import annotations

from time import monotonic

from epol.compiler.diff.judge import Pair, Side
from epol.compiler.diff.view import View
from epol.compiler.smt.answers import Answer, Possible, Undecided
from epol.compiler.smt.formula import Formula
from epol.compiler.smt.plainest import plainest
from epol.compiler.smt.solver import DEFAULT_BUDGET, Solver
from epol.compiler.smt.terms import Bool, Terms
from epol.compiler.smt.witness import request_of
from epol.lang.model import Policy

_PLAIN = 1.0
"""Seconds in which a witness is made plainer."""


class Questions:
    """All questions of a comparison; `deadline` is in monotonic seconds."""

    def __init__(self, old: Policy, new: Policy, deadline: float) -> None:
        self.policies, self._deadline = (old, new), deadline
        self.terms = Terms()
        self.views = tuple(View(self.terms, old, new, is_new=is_new) for is_new in (False, True))
        self._solver = Solver(list(self.views))

    def formulas(self, flow: str, producer: str | None) -> tuple[Formula, Formula]:
        """What each policy decides on a flow."""
        pairs = zip(self.policies, self.views, strict=True)
        old, new = (Formula(policy, view, flow, producer) for policy, view in pairs)
        return old, new

    def begin_afresh(self) -> None:
        """Forget what was learnt of earlier questions, which slows down those of another kind."""
        self._solver = Solver(list(self.views))

    def ask(self, fact: Bool, *, within: float = DEFAULT_BUDGET, values: bool = True) -> Answer:
        """Whether some request has a fact: in so many seconds, and in the time that is left."""
        left = min(self._deadline - monotonic(), within)
        if left <= 0:
            return Undecided("the budget is used up")
        self._complete()
        return self._solver.ask(fact, budget=left, values=values)

    def _complete(self) -> None:
        """What one policy reads is a fact for the other one too, where it declares it."""
        for view, other in (self.views, self.views[::-1]):
            for name in [n for n in other.inputs if n in view.policy.inputs]:
                view.input(name)
            for name in [n for n in other.labels if n in view.policy.labels]:
                view.label(name)

    def plain(self, fact: Bool, found: Possible) -> Possible:
        """A request that still has a fact, as plain as can be had in a while."""
        left = min(max(self._deadline - monotonic(), 0.0), _PLAIN)
        return plainest(self._solver, [fact], found, left)

    def pair(self, found: Possible, flow: str, producer: str | None) -> Pair:
        """The request that was found, as each policy reads it."""
        read = (request_of(view, found.values, flow, producer) for view in self.views)
        old, new = (Side(p, r) for p, r in zip(self.policies, read, strict=True))
        return Pair(old, new)
