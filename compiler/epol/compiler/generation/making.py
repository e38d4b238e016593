"""Tests that show what coverage lacks, made by the solver."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from epol.compiler.coverage import Coverage
from epol.compiler.generation.expecting import pinned
from epol.compiler.generation.goals import Goal, goals, why_never
from epol.compiler.generation.reading import formatted
from epol.compiler.generation.titles import Titles
from epol.compiler.places import Place, places
from epol.compiler.smt.answers import Impossible, Undecided
from epol.compiler.witness import as_test
from epol.lang.request import Request, complete
from epol.lang.semantics import decide

if TYPE_CHECKING:
    from epol.compiler.smt.reaching import Reached, Reacher, Wish

QUESTION = 2.0
"""Seconds that the solver has for one question."""

LATE = "the budget is used up"


def make_tests(coverage: Coverage, deadline: float | None = None) -> list[str]:
    """`test` blocks that show what is missing, each expecting what is decided today.

    `coverage` counts them, and learns what cannot be seen at all.  `deadline` is in monotonic
    seconds.
    """
    missing = goals(coverage)
    requests = _run(coverage, missing, deadline, want_requests=True)
    titles = Titles(coverage.policy)
    return [
        _block(coverage, request, shown, titles)
        for request, shown in _needed(coverage, missing, requests)
    ]


def settle(coverage: Coverage, deadline: float | None = None) -> None:
    """Find out which of what is missing can be seen at all; `coverage` learns it."""
    _run(coverage, goals(coverage), deadline, want_requests=False)


def _run(
    coverage: Coverage, missing: Sequence[Goal], deadline: float | None, *, want_requests: bool
) -> list[Request]:
    if not missing:
        return []  # the solver is slow to load
    from epol.compiler.smt.reaching import Reacher  # noqa: PLC0415 (z3 is slow to load)

    maker = _Maker(coverage, Reacher(coverage.policy), missing, want_requests)
    for goal in missing:
        if goal.is_open and deadline is not None and time.monotonic() > deadline:
            goal.seen.undecided[goal.value] = LATE
        elif goal.is_open:
            maker.look_for(goal)
    return maker.requests


@dataclass
class _Maker:
    """The goals of one policy, asked one after the other."""

    coverage: Coverage
    reacher: Reacher
    goals: Sequence[Goal]
    want_requests: bool

    def __post_init__(self) -> None:
        self.requests: list[Request] = []

    def look_for(self, goal: Goal) -> None:
        """Look for a request that shows a goal: on every flow, from every target."""
        from epol.compiler.smt.reaching import Reached  # noqa: PLC0415 (z3 is slow to load)

        unknown: str | None = None
        flows = frozenset[str]().union(*(rule.flows for rule in goal.rules))
        for place in places(self.coverage.policy, flows):
            answer = self._asked(goal, place)
            if isinstance(answer, Undecided):
                unknown = answer.reason
            elif isinstance(answer, Reached):
                self._take(goal, answer.request)
                return
        if unknown is None:
            goal.seen.never[goal.value] = why_never(self.coverage.policy, goal)
        else:
            goal.seen.undecided[goal.value] = unknown

    def _asked(self, goal: Goal, place: Place) -> Reached | Impossible | Undecided:
        wishes, more = goal.wishes(place[0]), self._beside(goal, place[0])
        if self.want_requests:
            return self.reacher.reach(place, wishes, QUESTION, more)
        return self.reacher.can(place, wishes[-1], QUESTION)

    def _beside(self, goal: Goal, flow: str) -> list[Wish]:
        """What else is missing of the same rules, so that one request shows more."""
        rules = {rule.name for rule in goal.rules}
        return [
            other.wishes(flow)[-1]
            for other in self.goals
            if other is not goal
            and other.is_open
            and any(rule.name in rules and flow in rule.flows for rule in other.rules)
        ]

    def _take(self, goal: Goal, request: Request | None) -> None:
        """Count a request, which the evaluator must say shows the goal."""
        if request is None:
            return  # it was only asked whether there is one
        found = complete(request, self.coverage.policy)
        self.coverage.see(found)
        if goal.is_open:
            goal.seen.undecided[goal.value] = "the solver's request does not show it"
        else:
            self.requests.append(found)


def _needed(
    coverage: Coverage, missing: Iterable[Goal], requests: Sequence[Request]
) -> list[tuple[Request, list[Goal]]]:
    """The requests without those whose goals the others show, each with what it shows first."""
    left = {goal.key: goal for goal in missing}
    shows = [coverage.shown_by(request) & left.keys() for request in requests]
    kept = set(range(len(requests)))
    for index in range(len(requests)):  # later ones were made for what is harder to show
        others = frozenset[object]().union(*(shows[i] for i in kept if i != index))
        if shows[index] <= others:
            kept.remove(index)
    found: list[tuple[Request, list[Goal]]] = []
    for index in sorted(kept):
        found.append((requests[index], [goal for key, goal in left.items() if key in shows[index]]))
        left = {key: goal for key, goal in left.items() if key not in shows[index]}
    return found


def _block(coverage: Coverage, request: Request, shown: Sequence[Goal], titles: Titles) -> str:
    """The test: it expects what it is called after, and what it is the first to fire."""
    firing = [goal.rule for goal in shown[1:] if goal.rule is not None and goal.value]
    rules = [rule for rule in (*shown[0].rules, *firing) if request.flow in rule.flows]
    expected = pinned(coverage.policy, decide(coverage.policy, request), rules)
    test = as_test(coverage.policy, request, titles.of(request, shown[0]), expected)
    comment = titles.comment(request, shown[1:]) + "\n" if shown[1:] else ""
    return formatted(comment + test)
