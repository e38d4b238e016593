"""Requests of which something holds, as plain as can be had; or the proof that there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from epol.compiler.outcomes import TooManyOutcomesError
from epol.compiler.places import Place
from epol.compiler.smt.answers import Impossible, Possible, Undecided
from epol.compiler.smt.formula import Formula
from epol.compiler.smt.plainest import plainest
from epol.compiler.smt.solver import Solver
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Bool, Terms
from epol.compiler.smt.witness import request_of
from epol.lang.model import Policy, RuleInfo
from epol.lang.request import Request

Wish = Callable[["Ground"], Bool]
"""What shall hold, in the terms of a ground.  May raise `TooManyOutcomesError`."""

PLAIN = 0.5
"""Seconds for making a request plain."""


class Ground:
    """The requests of one flow and producer, that claims speak of too, and a test can have.

    Only labels that a model detects may be unknown.  What a scan computes is always known.
    Labels that neither policy nor `more` rules tell apart are one.
    """

    def __init__(self, policy: Policy, place: Place, more: tuple[RuleInfo, ...]) -> None:
        self.place = place
        self.terms = Terms()
        every = [policy, replace(policy, rules=more)]
        self.symbols = Symbols(self.terms, every, any_unknown=False, alike=True)
        self.formula = Formula(policy, self.symbols, *place)
        self.solver = Solver([self.symbols])

    def scanned(self) -> list[Bool]:
        """That the text signals which were met so far are known."""
        inputs = self.symbols.inputs.values()
        return [symbol.known for symbol in inputs if symbol.info.text is not None]


@dataclass(frozen=True)
class Reached:
    """A request of which it holds, and the place of the first wish that could be had.

    None is made where it was only asked whether there is one.
    """

    request: Request | None
    wish: int


class Reacher:
    """Questions about the requests of one policy; what they share is made once.

    `more` are rules that may take the place of others.
    """

    def __init__(self, policy: Policy, more: Iterable[RuleInfo] = ()) -> None:
        self.policy = policy
        self._more = tuple(more)
        self._grounds: dict[Place, Ground] = {}

    def ground(self, place: Place) -> Ground:
        """The requests of a flow and producer."""
        if place not in self._grounds:
            self._grounds[place] = Ground(self.policy, place, self._more)
        return self._grounds[place]

    def can(self, place: Place, wish: Wish, budget: float) -> Reached | Impossible | Undecided:
        """Whether there is a request of which a wish holds; none is made."""
        ground = self.ground(place)
        try:
            condition = wish(ground)
            answer = ground.solver.ask(condition, *ground.scanned(), budget=budget, values=False)
        except TooManyOutcomesError as error:
            return Undecided(str(error))
        return Reached(None, 0) if isinstance(answer, Possible) else answer

    def reach(
        self, place: Place, wishes: Sequence[Wish], budget: float, more: Sequence[Wish] = ()
    ) -> Reached | Impossible | Undecided:
        """A plain request that grants the first wish that can be had; the last one is the need.

        Each of `more` is granted too where it can be, in order.  `budget` is in seconds, for
        each question.
        """
        ground = self.ground(place)
        answer: Possible | Impossible | Undecided = Impossible(())
        try:
            for index, wish in enumerate(wishes):
                condition = wish(ground)
                wanted = [condition, *ground.scanned()]
                answer = ground.solver.ask(*wanted, budget=budget)
                if isinstance(answer, Possible):
                    kept = self._with_more(ground, [condition], more, budget)
                    return Reached(self._plain(ground, kept, answer), index)
        except TooManyOutcomesError as error:
            return Undecided(str(error))
        assert not isinstance(answer, Possible)
        return answer

    def _with_more(
        self, ground: Ground, kept: list[Bool], more: Sequence[Wish], budget: float
    ) -> list[Bool]:
        for wish in more:
            wanted = [*kept, wish(ground)]
            answer = ground.solver.ask(*wanted, *ground.scanned(), budget=budget, values=False)
            if isinstance(answer, Possible):
                kept = wanted
        return kept

    def _plain(self, ground: Ground, kept: list[Bool], found: Possible) -> Request:
        conditions = [*kept, *ground.scanned()]
        answer = ground.solver.ask(*conditions)
        best = plainest(
            ground.solver, conditions, answer if isinstance(answer, Possible) else found, PLAIN
        )
        return request_of(ground.symbols, best.values, *ground.place)
