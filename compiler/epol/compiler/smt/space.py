"""Every request in range of one policy, what is decided on each, and questions about them.

What is asked is first guessed at: a request that shows it is found without the solver for
most of what can be.  The solver is asked for the rest, about all of it at once, so that
proving many things impossible takes one question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from random import Random
from time import monotonic
from typing import TypeVar

from epol.compiler.places import REQUEST, Place, places
from epol.compiler.smt.answers import Answer, Impossible, Possible, Undecided
from epol.compiler.smt.formula import Formula
from epol.compiler.smt.guess import Guesser, Unknowns
from epol.compiler.smt.pool import Pool
from epol.compiler.smt.samples import Samples
from epol.compiler.smt.solver import DEFAULT_BUDGET, Solver
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Bool, Int, Term, Terms, Values
from epol.lang.model import Policy, RuleInfo

Key = TypeVar("Key")
USED_UP = Undecided("the budget is used up")

_SEED = 20_011
_PRIMING, _ROUNDS = (True, True, False), (True,)
"""Whether facts without default are given where it is guessed at each rule, and at what is asked."""


class Space:
    """The requests of one policy; `deadline` is in monotonic seconds (None: no end)."""

    def __init__(self, policy: Policy, deadline: float | None = None) -> None:
        self.policy, self._deadline = policy, deadline
        self.terms = Terms()
        self.symbols = Symbols(self.terms, [policy], any_unknown=False, alike=True)
        self.solver = Solver([self.symbols])
        self._formulas: dict[Place, Formula] = {}
        self._unknowns = Unknowns()
        self._rng = Random(_SEED)  # noqa: S311 (the same guesses on every run)
        self._plain: dict[Term, bool | int] = {}
        self._pool = Pool(self._plain)
        self._is_primed = False

    # --- what is decided -------------------------------------------------------------

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every place where a rule applies."""
        return tuple(places(self.policy))

    def formula(self, place: Place = REQUEST) -> Formula:
        """What is decided on any request."""
        if place not in self._formulas:
            self._formulas[place] = Formula(self.policy, self.symbols, *place)
        return self._formulas[place]

    @cached_property
    def certain(self) -> Formula:
        """What is decided on the flow `request` where everything is known."""
        symbols = self.request(unknown=frozenset())
        return Formula(self.policy, symbols)

    def request(
        self, *, apart: frozenset[str] = frozenset(), unknown: frozenset[str] | None = None
    ) -> Symbols:
        """Symbols of another request; see `Symbols`."""
        symbols = Symbols(
            self.terms,
            [self.policy],
            any_unknown=False,
            apart=apart,
            unknown=unknown,
            alike=True,
        )
        self.solver.symbols.append(symbols)
        return symbols

    # --- questions -------------------------------------------------------------------

    def ask(self, *conditions: Bool) -> Answer:
        """Whether all conditions hold on some request, as far as the time goes."""
        left = DEFAULT_BUDGET
        if self._deadline is not None:
            left = min(left, self._deadline - monotonic())
        return self.solver.ask(*conditions, budget=left) if left > 0 else USED_UP

    def settle(self, goals: Mapping[Key, Bool]) -> dict[Key, Answer]:
        """For each of several things whether it holds on some request."""
        never = Impossible((self.terms.false,))
        answers: dict[Key, Answer] = {k: never for k, g in goals.items() if g.constant is False}
        open_ = {key: goal for key, goal in goals.items() if key not in answers}
        if open_:
            for key, values in self._guessed(open_).items():
                answers[key] = Possible(values)
                del open_[key]
            answers.update(self._asked(open_))
        return {key: answers[key] for key in goals}

    def samples(self, answers: Iterable[Answer]) -> Samples:
        """The requests that some answers show, and a plain one."""
        shown = [each for each in answers if isinstance(each, Possible)]
        return Samples([self.whole(each).values for each in (Possible({}), *shown)])

    def _asked(self, goals: Mapping[Key, Bool]) -> dict[Key, Answer]:
        """What the solver says: of all that are left together, for often nothing of it can be."""
        answers, left = dict[Key, Answer](), dict(goals)
        while len(left) > 1:
            together = self.ask(self.terms.any(left.values()))
            shown = self._shown(left, together)
            if not shown:
                break
            answers.update(dict.fromkeys(shown, together))
            left = {key: goal for key, goal in left.items() if key not in answers}
        return answers | {key: self.ask(goal) for key, goal in left.items()}

    def _shown(self, goals: Mapping[Key, Bool], together: Answer) -> list[Key]:
        """The goals that are settled by what is known of all together."""
        if not isinstance(together, Possible):
            return list(goals) if isinstance(together, Impossible) or together is USED_UP else []
        return list(self._pool.shown(goals, (), self._pool.add([together.values])))

    # --- requests that are looked at first -------------------------------------------

    def _guessed(self, goals: Mapping[Key, Bool]) -> dict[Key, Values]:
        """Requests that show some of the goals: of those at hand, else guessed at them."""
        if not self._is_primed:
            self._is_primed = True
            for given in _PRIMING:
                self._guess(map(self.fires, self.policy.rules), given=given)
        self._plain.update(self._base(given=False))
        found = self._pool.shown(goals, self._limits())
        for given in _ROUNDS:
            left = {key: goal for key, goal in goals.items() if key not in found}
            made = self._guess(left.values(), given=given)
            found |= self._pool.shown(left, self._limits(), made)
        return found

    def fires(self, rule: RuleInfo) -> Bool:
        """Whether the condition of a rule is true or unknown somewhere."""
        return self.terms.any(
            lane.encoder.truth(rule.condition).may
            for place in self.places
            if place.flow in rule.flows
            for lane in self.formula(place).lanes.values()
        )

    def _guess(self, aims: Iterable[Bool], *, given: bool) -> list[Samples]:
        """Guesses, with facts that have no default given or not; and what they differ from."""
        aims = list(aims)
        if not aims:
            return []
        base, bounds = self._base(given=given), self._bounds()
        guesser = Guesser(base, bounds, self._unknowns, self._rng)
        guesses = (guesser.guess(each) for each in aims)
        return self._pool.add([base, *(each for each in guesses if each is not None)])

    def _limits(self) -> list[Bool]:
        """What holds of every request."""
        return [fact for each in self.solver.symbols for fact in each.constraints]

    def _bounds(self) -> dict[Int, tuple[int, int]]:
        return {term: ends for each in self.solver.symbols for term, ends in each.bounds.items()}

    def _base(self, *, given: bool) -> dict[Term, bool | int]:
        """A plain request: defaults, nothing found, and what has no default given or not."""
        return {
            term: value
            for symbols in self.solver.symbols
            for term, value in symbols.plain(given=given)
        }

    def whole(self, found: Possible) -> Possible:
        """Symbols that the solver was never asked about have the values of a plain request."""
        return Possible({**self._base(given=False), **found.values})
