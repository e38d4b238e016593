"""Whether a claim holds of every request: proved, refuted with a witness, or undecided.

What a claim means on one request is said in `epol.lang.claims`; here its negation is
asked of the solver.  A witness is replayed there before it is believed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from epol.compiler.outcomes import TooManyOutcomesError
from epol.compiler.places import Place
from epol.compiler.smt.answers import Impossible, Undecided
from epol.compiler.smt.difference import differs
from epol.compiler.smt.formula import Formula
from epol.compiler.smt.plainest import plainest
from epol.compiler.smt.showing import Showing
from epol.compiler.smt.solver import DEFAULT_BUDGET, Solver
from epol.compiler.smt.space import Space
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Bool, Int, Terms
from epol.compiler.smt.values import Truth
from epol.compiler.smt.witness import request_of
from epol.lang.claims import Deciding, is_counterexample
from epol.lang.model import ClaimInfo, Expr, Policy
from epol.lang.request import Request
from epol.lang.semantics import decide


@dataclass(frozen=True)
class Proved:
    """It holds of every request."""


@dataclass(frozen=True)
class Refuted:
    """A request of which it does not hold; `second` is that of a raising or lowering claim."""

    request: Request
    second: Request | None = None


Verdict = Proved | Refuted | Undecided

PLAINNESS = 2.0
"""Seconds of this thread for making a witness plain."""


class Prover:
    """The claims of one policy, asked one after the other; what they share is made once.

    In the `space` of the policy, they share what the findings know and what was known before an
    edit.  Witnesses are decided by `decided`, which is `decide` or as it.
    """

    def __init__(
        self, policy: Policy, space: Space | None = None, decided: Deciding = decide
    ) -> None:
        self._policy, self._given, self._decided = policy, space, decided

    @cached_property
    def _space(self) -> Space:
        return self._given or Space(self._policy)

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
            if other is not None:
                compared = _Comparison(self._policy, claim, producer, other)
                return compared.answer(budget, self._decided)
            return _Question(self._space, claim, producer).answer(budget, self._decided)
        except TooManyOutcomesError as error:
            return Undecided(str(error))


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

    def __init__(self, space: Space, claim: ClaimInfo, producer: str | None) -> None:
        self._space, self._claim, self._terms = space, claim, space.terms
        self._place = Place(claim.flow, producer)
        first = space.formula(self._place)
        self._formulas = (first, *self._second(first))

    def _second(self, first: Formula) -> Iterator[Formula]:
        """Where the claim speaks of a pair, what is decided with another value of its subject."""
        if self._claim.subject is not None:
            subject = frozenset([self._claim.subject])
            yield first.on(self._space.request(apart=subject), subject)

    def answer(self, budget: float, decided: Deciding) -> Verdict:
        """What the solver says, with a witness that was replayed."""
        goal, symbols = self._refutation(), [each.symbols for each in self._formulas]
        key = self._claim.name, self._place
        showing = Showing(self._space, key, goal, symbols)
        values = showing.known()
        if values is None:
            found = self._space.find(goal, budget)
            if isinstance(found, Undecided):
                return found
            if isinstance(found, Impossible):
                return Proved()
            values = showing.made(found, PLAINNESS)
        requests = [request_of(each, values, *self._place) for each in symbols]
        return _replayed(decided, self._space.policy, self._claim, requests)

    # --- by kind ---------------------------------------------------------------------

    def _refutation(self) -> Bool:
        """What holds of exactly the requests that refute the claim."""
        formula, terms = self._formulas[0], self._terms
        condition = _condition(self._claim, formula)
        match self._claim.kind:
            case "never":
                return self._on_permitted(formula, possibly=True)
            case "always":
                return self._on_permitted(formula, possibly=False)
            case "served":
                return terms.both(condition.must, terms.negation(formula.served))
            case "chooses":
                wrong = self._chosen(formula, lambda value: terms.negation(value.must))
                return terms.both(condition.must, wrong)
            case "never-chooses":
                return terms.both(condition.may, self._chosen(formula, lambda value: value.may))
            case _:
                return terms.all(self._of_pair())

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
        pair = [each.symbols.input(self._claim.subject) for each in self._formulas]
        low, high = pair if self._claim.kind == "raising" else reversed(pair)
        known = [symbol.known for symbol in pair]
        if isinstance(low.value, Int) and isinstance(high.value, Int):
            return [*known, self._terms.below(low.value, high.value)]
        assert isinstance(low.value, Bool)
        assert isinstance(high.value, Bool)
        return [*known, self._terms.negation(low.value), high.value]


class _Comparison:
    """The negation of `same as`: a request that two policies decide differently."""

    def __init__(
        self, policy: Policy, claim: ClaimInfo, producer: str | None, other: Policy
    ) -> None:
        self._policy, self._claim, self._other = policy, claim, other
        self._place = Place(claim.flow, producer)

    def answer(self, budget: float, decided: Deciding) -> Verdict:
        """What the solver says, with a witness that was replayed."""
        unlike = self._unlike_defaults()
        if unlike:
            return Undecided(f"the default of {unlike[0]} differs between the two policies")
        symbols = Symbols(Terms(), [self._policy, self._other], any_unknown=False, alike=True)
        one, other = (Formula(each, symbols, *self._place) for each in (self._policy, self._other))
        conditions = [_condition(self._claim, one).must, differs(one, other)]
        solver = Solver([symbols])
        found = solver.ask(*conditions, budget=budget)
        if isinstance(found, Undecided):
            return found
        if isinstance(found, Impossible):
            return Proved()
        best = plainest(solver, conditions, found, PLAINNESS)
        request = request_of(symbols, best.values, *self._place)
        return _replayed(decided, self._policy, self._claim, [request], self._other)

    def _unlike_defaults(self) -> list[str]:
        """Inputs that stand for different values where they are not given."""
        others = self._other.inputs
        return [n for n, i in self._policy.inputs.items() if i.fallback != others[n].fallback]


def _condition(claim: ClaimInfo, formula: Formula) -> Truth:
    """The `when` of the claim, which speaks of no target."""
    condition = claim.condition
    return formula.shared.kleene.true if condition is None else formula.shared.truth(condition)


def _replayed(
    decided: Deciding,
    policy: Policy,
    claim: ClaimInfo,
    requests: Sequence[Request],
    other: Policy | None = None,
) -> Verdict:
    """A refutation, if the witness is one when it is evaluated."""
    request, second = requests[0], requests[1] if len(requests) > 1 else None
    if is_counterexample(policy, claim, request, second, other, decided):
        return Refuted(request, second)
    return Undecided("the solver's witness does not refute the claim when it is evaluated")
