"""What a test that was made is called: a sentence for a person."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from epol.compiler.generation.goals import Goal
from epol.lang.model import Policy
from epol.lang.request import Request
from epol.lang.semantics import Lane

LONGEST = 90
"""Characters of a title."""

MOST = 3
"""Further things that a comment names."""

WIDTH = 100


class Titles:
    """Titles for one policy; no two tests have the same."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._taken = {test.title for test in policy.tests}

    def of(self, request: Request, goal: Goal) -> str:
        """The title of a test that shows something."""
        return self.free(self._sentence(request, goal))

    def free(self, sentence: str) -> str:
        """A sentence as the title of one more test."""
        text = textwrap.shorten(sentence, LONGEST, placeholder=" …") or "a request"
        title, number = text, 2
        while title in self._taken:
            title, number = f"{text} ({number})", number + 1
        self._taken.add(title)
        return title

    def comment(self, request: Request, shown: Sequence[Goal]) -> str:
        """What a test shows beside what it is called after, on one line or two."""
        sentences = [self._sentence(request, goal) for goal in shown[:MOST]]
        if len(shown) > MOST:
            sentences.append(f"and {len(shown) - MOST} more")
        return textwrap.fill(
            "; ".join(sentences), WIDTH, initial_indent="# Also: ", subsequent_indent="# "
        )

    def _sentence(self, request: Request, goal: Goal) -> str:
        what = _plain(goal)
        on = [lane.target.name for lane in self._lanes(request) if _shows(lane, goal)]
        every = request.flow != "request" or len(on) == len(self._policy.targets)
        place = "" if every else f" {'on' if goal.rule else 'of'} {' and '.join(on)}"
        return f"{what}{place}" if request.flow == "request" else f"{what}, on {request.flow}"

    def _lanes(self, request: Request) -> list[Lane]:
        return [
            Lane(self._policy, request, target)
            for target in self._policy.targets
            if request.flow == "request" or target.name == request.target
        ]


def _plain(goal: Goal) -> str:
    if goal.rule is None:
        return f"{goal.seen.what.strip('`')} is {goal.seen.word(goal.value)}"
    return f"{goal.rule.name} {'fires' if goal.value else 'does not fire'}"


def _shows(lane: Lane, goal: Goal) -> bool:
    """Whether a goal is shown on one target."""
    flow = lane.request.flow
    if goal.rule is not None:
        fires = any(lane.fires(goal.rule, effect) for effect in goal.rule.effects)
        return flow in goal.rule.flows and fires == goal.value
    return any(lane.truth(atom) is goal.value for rule, atom in goal.atoms if flow in rule.flows)
