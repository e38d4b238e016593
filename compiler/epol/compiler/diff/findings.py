"""What is known of one flow: the differences that were seen, and what the solver left open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf
from time import monotonic

from epol.compiler.diff.conditions import Asked, conditions, dearer_by
from epol.compiler.diff.judge import Pair
from epol.compiler.diff.kinds import Kind, Subject
from epol.compiler.diff.questions import Questions
from epol.compiler.outcomes import TooManyOutcomesError
from epol.compiler.smt.answers import Impossible, Possible, Undecided
from epol.compiler.smt.solver import DEFAULT_BUDGET

_A_WHILE = 0.5
"""Seconds for a question that is likely easy."""

_A_MOMENT = 0.15
"""Seconds for a question about more of a kind of which something is found already."""

_PATIENCE = 2.0
"""Seconds for all questions about a kind before the other kinds have had their turn."""

_NOTICED = 10_000
"""A cent: a dearer request is best shown with so many millionths of a dollar, if it can be."""


class Findings:
    """What is known of one flow and, off the flow `request`, of one producing target."""

    def __init__(self, questions: Questions, flow: str, producer: str | None) -> None:
        self._questions, self._flow, self._producer = questions, flow, producer
        self.seen: dict[Kind, dict[Subject, Pair]] = {}
        self._reasons: dict[Kind | None, str] = {}
        self._left: dict[Kind, list[Asked]] = {}
        self._tried: set[Asked] = set()
        self._witnesses: list[Pair] = []
        self._dearer: Pair | None = None
        self._asked = self._conditions()

    def _conditions(self) -> tuple[Asked, ...]:
        """All that may differ; nothing where it is proved together that nothing does."""
        try:
            formulas = self._questions.formulas(self._flow, self._producer)
            asked = conditions(*formulas)
        except TooManyOutcomesError as error:
            self._reasons[None] = str(error)
            return ()
        self._formulas = formulas
        anything = self._questions.terms.any(each.condition for each in asked)
        answer = self._questions.ask(anything, within=_A_WHILE, values=False)
        return () if isinstance(answer, Impossible) else asked

    def undecided(self, kind: Kind) -> str | None:
        """Why it is not known whether there is more of a kind."""
        if not self._open(kind):
            return self._reasons.get(None)
        return self._reasons.get(kind, "the solver does not say it of each in a while")

    def _open(self, kind: Kind) -> list[Asked]:
        """What is neither seen nor proved to be none."""
        return [each for each in self._left.get(kind, ()) if not self._is_seen(each)]

    def look_for(self, kind: Kind) -> None:
        """Find what a kind can be about, as far as it is easy to say.

        Together first, because most kinds are none; then one by one, which is easier to decide.
        """
        asked = [each for each in self._asked if each.kind == kind]
        if not asked:
            return
        self._questions.begin_afresh()
        anything = self._questions.terms.any(each.condition for each in asked)
        answer = self._questions.ask(anything, within=_A_WHILE)
        if isinstance(answer, Impossible):
            return
        self._note_answer(kind, answer)
        self._look_for_all(asked)
        self._ask_each(kind, asked, (_A_MOMENT, _A_WHILE), monotonic() + _PATIENCE)

    def insist(self, kind: Kind) -> None:
        """Take what time there is to say whether there is any of a kind.

        Of a kind that is found, ask only what there was no time to ask.
        """
        left, limit = self._open(kind), DEFAULT_BUDGET
        if kind in self.seen:
            left, limit = [each for each in left if each not in self._tried], _A_MOMENT
        if left:
            self._questions.begin_afresh()
            self._ask_each(kind, left, (limit,), inf)

    def _ask_each(
        self, kind: Kind, asked: Sequence[Asked], limits: Sequence[float], until: float
    ) -> None:
        """Ask one by one, with one limit of time after the other, and note what is left."""
        left = list(asked)
        for within in limits:
            left = [a for a in left if monotonic() > until or not self._is_decided(a, within)]
            if kind in self.seen:
                break  # whether there is any is worth the time, and what else is not
        self._left[kind] = [a for a in self._left.get(kind, []) if a not in asked] + left

    def _look_for_all(self, asked: Sequence[Asked]) -> None:
        """One request may show all of what is not seen yet, which saves asking for each."""
        left = [each.condition for each in asked if not self._is_seen(each)]
        if len(left) > 1:
            answer = self._questions.ask(self._questions.terms.all(left), within=_A_MOMENT)
            if isinstance(answer, Possible):
                self._note(self._pair(answer))

    def _is_decided(self, asked: Asked, within: float) -> bool:
        """Ask of one thing alone, if no request has shown it yet."""
        if self._is_seen(asked):
            return True
        if asked.kind in self.seen:
            within = _A_MOMENT
        answer = self._questions.ask(asked.condition, within=within)
        if isinstance(answer, Impossible):
            return True
        self._tried.add(asked)
        self._note_answer(asked.kind, answer)
        return self._is_seen(asked)

    def _note_answer(self, kind: Kind, answer: Possible | Undecided) -> None:
        """Note what a request shows, or why there is none."""
        if isinstance(answer, Undecided):
            self._reasons[kind] = answer.reason
            return
        pair = self._pair(answer)
        self._note(pair)
        if kind not in pair.differences:
            self._reasons[kind] = (
                "the solver's witness shows no such difference when it is evaluated"
            )

    def _pair(self, found: Possible) -> Pair:
        return self._questions.pair(found, self._flow, self._producer)

    def _is_seen(self, asked: Asked) -> bool:
        return any(subject in self.seen.get(asked.kind, {}) for subject in asked.subjects)

    def _note(self, pair: Pair) -> None:
        """Note all that a request shows."""
        for kind, subjects in pair.differences.items():
            for subject in subjects:
                self.seen.setdefault(kind, {}).setdefault(subject, pair)

    def alike(self, kind: Kind) -> Iterator[Subject]:
        """What was seen, with the labels that both policies always treat as one of those."""
        for asked in self._asked:
            if asked.kind == kind and self._is_seen(asked):
                yield from asked.subjects

    # --- witnesses -------------------------------------------------------------------

    def witnesses(self, kind: Kind) -> list[Pair]:
        """A plain request for each place, or for one subject, of a kind that was seen."""
        subjects = sorted(self.seen[kind])
        places: list[Sequence[Subject]] = [[each] for each in subjects if each.place]
        wanted = places or [subjects]
        made = [self._witness(kind, each) for each in wanted]
        return list({id(pair): pair for pair in made}.values())

    def _witness(self, kind: Kind, subjects: Sequence[Subject]) -> Pair:
        """A plain request that shows one of some subjects; an earlier one if it does."""
        # One that costs noticeably more is worth looking for.
        earlier = [self._dearer] if kind == Kind.DEARER else self._witnesses
        for each in earlier:
            if each is not None and _shows(each, kind, subjects):
                return each
        pair = self._plain(kind, subjects) or self.seen[kind][subjects[0]]
        self._note(pair)
        self._witnesses.append(pair)
        if kind == Kind.DEARER:
            self._dearer = pair
        return pair

    def _plain(self, kind: Kind, subjects: Sequence[Subject]) -> Pair | None:
        """As plain a request as can be had that shows one of some subjects."""
        about = (a for a in self._asked if a.kind == kind and {*subjects} & {*a.subjects})
        asked = next(about, None)
        if asked is None:
            return None
        wishes = [asked.condition]
        if kind == Kind.DEARER:
            noticed = dearer_by(*self._formulas, _NOTICED)
            wishes = [noticed[subject.target] for subject in asked.subjects] + wishes
        for wish in wishes:
            found = self._questions.ask(wish, within=_A_WHILE)
            if isinstance(found, Possible):
                pair = self._pair(self._questions.plain(wish, found))
                if _shows(pair, kind, asked.subjects):
                    return pair
        return None


def _shows(pair: Pair, kind: Kind, subjects: Sequence[Subject]) -> bool:
    return not {*subjects}.isdisjoint(pair.differences.get(kind, ()))
