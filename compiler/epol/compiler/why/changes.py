"""What would change a decision: for each other outcome, the fewest facts and nearest values.

The solver finds them, or proves that there are none; the reference evaluator confirms each
before it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from time import monotonic

from epol.compiler.outcomes import TooManyOutcomesError
from epol.compiler.smt.alike import spared
from epol.compiler.smt.fewest import MOST_AT_ONCE, OUT_OF_TIME, Fewest
from epol.compiler.smt.formula import Formula
from epol.compiler.smt.solver import Solver
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Bool, Terms
from epol.compiler.why.asking import Asking
from epol.compiler.why.facts import Fact, always_so, facts_of
from epol.compiler.why.reasons import place
from epol.compiler.why.telling import Change, Telling
from epol.lang.decision import BLOCK, HOLD, ROUTE
from epol.lang.model import Policy
from epol.lang.request import Request
from epol.lang.semantics import decide

BUDGET = 1.0
"""Seconds for all questions about one request, once the formula is there."""

MOST_WAYS = 3
"""So many single facts are told for one outcome."""

MOST = 8
"""So many changes are told, or one for each outcome if those are more."""

Outcome = tuple[str, str | None]
"""A status and the target that is chosen."""


class Outlook:
    """What is known of one outcome: the search for ways to it, and those found, in words."""

    def __init__(self, outcome: Outcome, search: Fewest, telling: Telling) -> None:
        self.outcome, self.search = outcome, search
        self._telling, self._told = telling, 0
        self.changes: list[Change] = []

    def look(self, facts: Sequence[Fact], confirms: Callable[[Change], bool], most: int) -> None:
        """Look for so many ways, and tell those that the evaluator confirms."""
        self.search.look(most)
        for given_up in self.search.found[self._told :]:
            self._told += 1
            way = [fact for fact in facts if fact.same in given_up]
            change = self._telling.change(way, facts)
            if change is not None and confirms(change):
                self.changes.append(change)


def what_would_change(policy: Policy, request: Request, budget: float = BUDGET) -> list[str]:
    """Sentences: the smallest changes after which the request would end elsewhere.

    Also which outcomes nothing can lead to, and of which it is not decided.
    """
    try:
        found = outlooks(policy, request, budget)
    except TooManyOutcomesError as error:
        return [f"What would change it is not decided: {error}."]
    return [
        *_changes(policy, request, found),
        *_impossible(policy, request, found),
        *_open(policy, request, found),
    ]


def outlooks(policy: Policy, request: Request, budget: float = BUDGET) -> list[Outlook]:
    """What is known of each other outcome, after so many seconds at most.

    Raises `TooManyOutcomesError` for a string that is compared with too much at once.
    """
    return _Search(policy, request, budget).outlooks()


class _Search:
    def __init__(self, policy: Policy, request: Request, budget: float) -> None:
        self._policy, self._request = policy, request
        self._symbols = Symbols(Terms(), [policy])
        formula = Formula(policy, self._symbols, request.flow, request.target)
        self._now = _result(policy, request)
        self._goals = dict(_goals(formula, self._now))
        modelled = frozenset(d.label for d in policy.detectors if d.model is not None)
        absent = (name for name in policy.labels if request.labels.get(name, {}) == {})
        kinds = modelled, spared([policy], absent)
        self._facts = facts_of(self._symbols, request, *kinds)
        solver = Solver([self._symbols])
        solver.require(*always_so(self._symbols, request, *kinds))
        self._asking = Asking(solver, monotonic() + budget)

    def outlooks(self) -> list[Outlook]:
        """What is known of each other outcome; first of all one way to each.

        Each has its share of the time that is left then.
        """
        found = [self._outlook(outcome, goal) for outcome, goal in self._goals.items()]
        end = self._asking.until
        for most in (1, MOST_WAYS):
            for place_, each in enumerate(found):
                self._asking.until = end
                self._asking.until -= self._asking.left * (1 - 1 / (len(found) - place_))
                each.look(self._facts, partial(self._leads_to, each.outcome), most)
        return found

    def _outlook(self, outcome: Outcome, goal: Bool) -> Outlook:
        search = Fewest(
            lambda kept: self._asking.ask(goal, *kept),
            [fact.same for fact in self._facts],
            lambda: self._asking.left <= 0,
        )
        search.is_impossible = goal.constant is False
        telling = Telling(self._asking, self._symbols, self._policy, self._request, goal)
        return Outlook(outcome, search, telling)

    def _leads_to(self, outcome: Outcome, change: Change) -> bool:
        """Whether the evaluator says what the solver says."""
        return all(_result(self._policy, each) == outcome for each in change.requests)


def _result(policy: Policy, request: Request) -> Outcome:
    decision = decide(policy, request)
    return decision.status, decision.target


def _goals(formula: Formula, now: Outcome) -> Iterator[tuple[Outcome, Bool]]:
    """Every other outcome, and when it is."""
    terms = formula.terms
    for name, chosen in formula.chosen.items():
        held = formula.lanes[name].hold
        if now != (ROUTE, name):
            yield (ROUTE, name), terms.both(chosen, terms.negation(held))
        if now != (HOLD, name):
            yield (HOLD, name), terms.both(chosen, held)
    if now != (BLOCK, None):
        yield (BLOCK, None), terms.negation(formula.served)


# --- sentences ---------------------------------------------------------------------------


def _changes(policy: Policy, request: Request, found: Sequence[Outlook]) -> Iterator[str]:
    """One change for each outcome, and more of them as long as there are few."""
    spare = MOST - sum(bool(each.changes) for each in found)
    for each in found:
        told = each.changes[: 1 + max(spare, 0)]
        spare -= max(len(told) - 1, 0)
        for words in (change.words for change in told):
            yield f"{words[0].upper()}{words[1:]}, {_said(policy, request, each.outcome)}."


def _said(policy: Policy, request: Request, outcome: Outcome) -> str:
    status, target = outcome
    if target is None:
        return "it would be blocked"
    if request.flow != "request":
        return "it would wait for approval" if status == HOLD else "it would go on"
    where = place(policy.target(target))
    return f"it would {'wait for approval to ' if status == HOLD else ''}go to {where}"


def _impossible(policy: Policy, request: Request, found: Sequence[Outlook]) -> Iterator[str]:
    """What is proved: where nothing leads, held or not."""
    never = {each.outcome for each in found if each.search.is_impossible}
    names = [
        place(target)
        for target in policy.targets
        if {(ROUTE, target.name), (HOLD, target.name)} <= never
    ]
    if names:
        whither = f"leads to {_or(names)}" if request.flow == "request" else "lets it go on"
        yield f"Nothing that the request can say {whither}."
    if (BLOCK, None) in never:
        yield "Nothing that the request can say has it blocked."


def _open(policy: Policy, request: Request, found: Sequence[Outlook]) -> Iterator[str]:
    """What is far, and what is not known and why."""
    far: list[str] = []
    reasons: dict[str, list[str]] = {}
    for each in found:
        said = _said(policy, request, each.outcome).removeprefix("it would ")
        if each.search.is_far:
            far.append(said)
        elif not each.changes and not each.search.is_impossible:
            reasons.setdefault(each.search.open or OUT_OF_TIME, []).append(said)
    if far:
        yield f"More than {MOST_AT_ONCE} facts would have to change for it to {_or(far)}."
    for reason, open_ in reasons.items():
        yield f"What it takes to {_or(open_)} is not decided: {reason}."


def _or(words: list[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last
