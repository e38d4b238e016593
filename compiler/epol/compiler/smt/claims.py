"""Whether a claim holds of every request: proved, refuted with a witness, or undecided.

What a claim means on one request is said in `epol.lang.claims`; here its negation is
asked of the solver.  A witness is replayed there before it is believed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from epol.compiler.outcomes import TooManyOutcomesError
from epol.compiler.smt.answers import Possible, Undecided
from epol.compiler.smt.difference import differs
from epol.compiler.smt.formula import Formula
from epol.compiler.smt.plainest import plainest
from epol.compiler.smt.solver import DEFAULT_BUDGET, Solver
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Bool, Int, Terms
from epol.compiler.smt.values import Truth
from epol.compiler.smt.witness import request_of
from epol.lang.claims import is_counterexample
from epol.lang.model import ClaimInfo, Expr, Policy
from epol.lang.request import Request


@dataclass(frozen=True)
class Proved:
    """It holds of every request."""


@dataclass(frozen=True)
class Refuted:
    """A request of which it does not hold; `second` is that of a raising or lowering claim."""

    request: Request
    second: Request | None = None


Verdict = Proved | Refuted | Undecided


@dataclass(frozen=True)
class _Ground:
    """The formulas that claims of one kind speak of: of one request, or of two."""

    symbols: tuple[Symbols, ...]
    formulas: tuple[Formula, ...]
    solver: Solver


class Prover:
    """The claims of one policy, asked one after the other; what they share is made once."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._grounds: dict[tuple[str, str | None, str | None], _Ground] = {}

    def prove(
        self, claim: ClaimInfo, other: Policy | None = None, budget: float = DEFAULT_BUDGET
    ) -> Verdict:
        """What the solver knows of a claim; `other` is the policy of a `same as`.

        `budget` is the time for one question in seconds; off the flow `request` there is
        one for each target.
        """
        if claim.kind == "same-as" and other is None:
            return Undecided("the other policy is not there to compare with")
        named = [target.name for target in self._policy.targets]
        producers = [None] if claim.flow == "request" else named
        return _worst(self._asked(claim, producer, other, budget) for producer in producers)

    def _asked(
        self, claim: ClaimInfo, producer: str | None, other: Policy | None, budget: float
    ) -> Verdict:
        try:
            ground = self._ground(claim, producer, other)
            return _Question(self._policy, claim, ground, producer, other).answer(budget)
        except TooManyOutcomesError as error:
            return Undecided(str(error))

    def _ground(self, claim: ClaimInfo, producer: str | None, other: Policy | None) -> _Ground:
        if other is not None:
            return self._make(claim, producer, [self._policy, other])
        key = claim.flow, producer, claim.subject
        if key not in self._grounds:
            self._grounds[key] = self._make(claim, producer, [self._policy])
        return self._grounds[key]

    def _make(self, claim: ClaimInfo, producer: str | None, policies: list[Policy]) -> _Ground:
        terms = Terms()
        apart = [frozenset[str]()] + ([frozenset([claim.subject])] if claim.subject else [])
        symbols = tuple(
            Symbols(terms, policies, any_unknown=False, apart=names, alike=True) for names in apart
        )
        formulas = (Formula(self._policy, each, claim.flow, producer) for each in symbols)
        return _Ground(symbols, tuple(formulas), Solver(list(symbols)))


def prove(
    policy: Policy,
    claim: ClaimInfo,
    other: Policy | None = None,
    budget: float = DEFAULT_BUDGET,
) -> Verdict:
    """What the solver knows of one claim; see `Prover.prove`."""
    return Prover(policy).prove(claim, other, budget)


def _worst(verdicts: Iterable[Verdict]) -> Verdict:
    """A refutation if there is one, else what was left undecided."""
    found: Verdict = Proved()
    for verdict in verdicts:
        if isinstance(verdict, Refuted):
            return verdict
        if isinstance(verdict, Undecided):
            found = verdict
    return found


class _Question:
    """The negation of a claim for one producing target, over one or two requests."""

    def __init__(
        self,
        policy: Policy,
        claim: ClaimInfo,
        ground: _Ground,
        producer: str | None,
        other: Policy | None,
    ) -> None:
        self._policy, self._claim, self._ground = policy, claim, ground
        self._producer, self._other = producer, other
        self._terms = ground.symbols[0].terms

    def answer(self, budget: float) -> Verdict:
        """What the solver says, with a witness that was replayed."""
        unlike = self._unlike_defaults()
        if unlike:
            return Undecided(f"the default of {unlike[0]} differs between the two policies")
        conditions, solver = self._refutation(), self._ground.solver
        found = solver.ask(*conditions, budget=budget)
        if isinstance(found, Undecided):
            return found
        if not isinstance(found, Possible):
            return Proved()
        best = plainest(solver, conditions, found)
        requests = [
            request_of(symbols, best.values, self._claim.flow, self._producer)
            for symbols in self._ground.symbols
        ]
        return self._replayed(requests[0], requests[1] if len(requests) > 1 else None)

    def _replayed(self, request: Request, second: Request | None) -> Verdict:
        if is_counterexample(self._policy, self._claim, request, second, self._other):
            return Refuted(request, second)
        return Undecided("the solver's witness does not refute the claim when it is evaluated")

    def _unlike_defaults(self) -> list[str]:
        """Inputs that stand for different values in two policies where they are not given."""
        if self._other is None:
            return []
        others = self._other.inputs
        return [n for n, i in self._policy.inputs.items() if i.fallback != others[n].fallback]

    # --- by kind ---------------------------------------------------------------------

    def _refutation(self) -> list[Bool]:
        """Conditions that hold together on exactly the requests that refute the claim."""
        formula, terms = self._ground.formulas[0], self._terms
        condition = self._condition(formula)
        match self._claim.kind:
            case "never":
                return [self._on_permitted(formula, possibly=True)]
            case "always":
                return [self._on_permitted(formula, possibly=False)]
            case "served":
                return [condition.must, terms.negation(formula.served)]
            case "chooses":
                wrong = self._chosen(formula, lambda value: terms.negation(value.must))
                return [condition.must, wrong]
            case "never-chooses":
                return [condition.may, self._chosen(formula, lambda value: value.may)]
            case "same-as":
                assert self._other is not None
                symbols = self._ground.symbols[0]
                other = Formula(self._other, symbols, self._claim.flow, self._producer)
                return [condition.must, differs(formula, other)]
            case _:
                return self._of_pair()

    def _condition(self, formula: Formula) -> Truth:
        """The `when` of the claim, which speaks of no target."""
        condition = self._claim.condition
        return formula.shared.kleene.true if condition is None else formula.shared.truth(condition)

    def _expression(self) -> Expr:
        assert self._claim.expression is not None
        return self._claim.expression

    def _on_permitted(self, formula: Formula, *, possibly: bool) -> Bool:
        """Whether some permitted target has E possibly true, or possibly false."""
        terms, expression = self._terms, self._expression()
        lanes = formula.lanes.values()
        values = ((lane.permitted, lane.encoder.truth(expression)) for lane in lanes)
        return terms.any(
            terms.both(permitted, value.may if possibly else terms.negation(value.must))
            for permitted, value in values
        )

    def _chosen(self, formula: Formula, part: Callable[[Truth], Bool]) -> Bool:
        """Whether something is chosen and a part of E's value holds of it."""
        values = (
            (chosen, formula.lanes[name].encoder.truth(self._expression()))
            for name, chosen in formula.chosen.items()
        )
        return self._terms.any(self._terms.both(chosen, part(value)) for chosen, value in values)

    def _of_pair(self) -> list[Bool]:
        """The first chooses no target with E T, the second one with E possibly true."""
        first, second = self._ground.formulas
        before = self._terms.negation(self._chosen(first, lambda value: value.must))
        return [*self._risen(), before, self._chosen(second, lambda value: value.may)]

    def _risen(self) -> list[Bool]:
        """The subject is known in both requests, and higher in one of them."""
        assert self._claim.subject is not None
        pair = [symbols.input(self._claim.subject) for symbols in self._ground.symbols]
        low, high = pair if self._claim.kind == "raising" else reversed(pair)
        known = [symbol.known for symbol in pair]
        if isinstance(low.value, Int) and isinstance(high.value, Int):
            return [*known, self._terms.below(low.value, high.value)]
        assert isinstance(low.value, Bool)
        assert isinstance(high.value, Bool)
        return [*known, self._terms.negation(low.value), high.value]
