"""Whether a claim holds of every request: proved, refuted with a witness, or undecided.

What a claim means on one request is said in `epol.lang.claims`; here its negation is
asked of the solver.  A witness is replayed there before it is believed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from epol.compiler.smt.difference import differs
from epol.compiler.smt.formula import Formula
from epol.compiler.smt.outcomes import OutcomesError
from epol.compiler.smt.solver import DEFAULT_BUDGET, Possible, Solver, Undecided
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Bool, Int, Terms
from epol.compiler.smt.values import Truth
from epol.compiler.smt.witness import plainest, request_of
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


def prove(
    policy: Policy,
    claim: ClaimInfo,
    other: Policy | None = None,
    budget: float = DEFAULT_BUDGET,
) -> Verdict:
    """What the solver knows of a claim; `other` is the policy of a `same as`.

    `budget` is the time for one question in seconds; off the flow `request` there is one
    for each target.
    """
    if claim.kind == "same-as" and other is None:
        return Undecided("the other policy is not there to compare with")
    producers = [None] if claim.flow == "request" else [target.name for target in policy.targets]
    verdicts: list[Verdict] = []
    for producer in producers:
        try:
            verdicts.append(_Question(policy, claim, producer, other).answer(budget))
        except OutcomesError as error:
            verdicts.append(Undecided(str(error)))
    return _worst(verdicts)


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
        self, policy: Policy, claim: ClaimInfo, producer: str | None, other: Policy | None
    ) -> None:
        self._policy, self._claim, self._producer, self._other = policy, claim, producer, other
        self._terms = Terms()
        policies = [policy] if other is None else [policy, other]
        self._symbols = [Symbols(self._terms, policies, any_unknown=False)]
        if claim.subject is not None:
            apart = frozenset([claim.subject])
            self._symbols.append(Symbols(self._terms, policies, any_unknown=False, apart=apart))
        self._formulas = [self._formula(policy, symbols) for symbols in self._symbols]

    def _formula(self, policy: Policy, symbols: Symbols) -> Formula:
        return Formula(policy, symbols, self._claim.flow, self._producer)

    def answer(self, budget: float) -> Verdict:
        """What the solver says, with a witness that was replayed."""
        unlike = self._unlike_defaults()
        if unlike:
            return Undecided(f"the default of {unlike[0]} differs between the two policies")
        conditions = self._refutation()
        solver = Solver(self._symbols, budget)
        found = solver.ask(*conditions)
        if isinstance(found, Undecided):
            return found
        if not isinstance(found, Possible):
            return Proved()
        best = plainest(solver, conditions, found)
        requests = [
            request_of(symbols, best.values, self._claim.flow, self._producer)
            for symbols in self._symbols
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
        formula, terms = self._formulas[0], self._terms
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
                other = self._formula(self._other, self._symbols[0])
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
        first, second = self._formulas
        before = self._terms.negation(self._chosen(first, lambda value: value.must))
        return [*self._risen(), before, self._chosen(second, lambda value: value.may)]

    def _risen(self) -> list[Bool]:
        """The subject is known in both requests, and higher in one of them."""
        assert self._claim.subject is not None
        pair = [symbols.input(self._claim.subject) for symbols in self._symbols]
        low, high = pair if self._claim.kind == "raising" else reversed(pair)
        known = [symbol.known for symbol in pair]
        if isinstance(low.value, Int) and isinstance(high.value, Int):
            return [*known, self._terms.below(low.value, high.value)]
        assert isinstance(low.value, Bool)
        assert isinstance(high.value, Bool)
        return [*known, self._terms.negation(low.value), high.value]
