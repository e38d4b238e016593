"""Which kinds of difference there are, asked of the solver and judged by evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import monotonic

from epol.compiler.diff.conditions import Asked, conditions, dearer_by
from epol.compiler.diff.judge import Pair
from epol.compiler.diff.kinds import OFF_REQUEST, Kind, Subject
from epol.compiler.diff.questions import Questions
from epol.compiler.smt.outcomes import OutcomesError
from epol.compiler.smt.solver import DEFAULT_BUDGET, Impossible, Possible, Undecided
from epol.lang.builtins import FLOWS
from epol.lang.model import Policy

NONE, FOUND, UNDECIDED = "none", "found", "undecided"

_A_WHILE = 0.5
"""Seconds for a question that is likely easy."""

_A_MOMENT = 0.15
"""Seconds for a question about more of a kind of which something is found already."""

_NOTICED = 10_000
"""A cent: a dearer request is best shown with so many millionths of a dollar, if it can be."""


@dataclass(frozen=True)
class Verdict:
    """What is known of one kind of difference on one flow.

    Each of `subjects` was judged on a request; `alike` are labels that both policies always treat
    as one of those.  `witnesses` shows each place that is newly permitted, and else one subject.
    `undecided` says why nobody knows whether there are more.
    """

    kind: Kind
    flow: str
    subjects: tuple[Subject, ...] = ()
    alike: tuple[Subject, ...] = ()
    witnesses: tuple[Pair, ...] = ()
    undecided: str | None = None

    @property
    def outcome(self) -> str:
        """`found` with a witness, `none` if that is proved, else `undecided`."""
        return FOUND if self.subjects else NONE if self.undecided is None else UNDECIDED


def search(old: Policy, new: Policy, budget: float) -> tuple[Verdict, ...]:
    """Every kind on every flow; `budget` is in seconds, for all of it.

    Off the flow `request`, for the targets that both policies have.
    """
    questions = Questions(old, new, monotonic() + budget)
    found: list[Verdict] = []
    for flow in FLOWS:
        both = [target.name for target in old.targets if new.has_target(target.name)]
        producers = [None] if flow == "request" else both
        grounds = [_Ground(questions, flow, producer) for producer in producers]
        kinds = [kind for kind in Kind if flow == "request" or kind in OFF_REQUEST]
        found += [_verdict(kind, flow, grounds) for kind in kinds]
    return tuple(found)


def _verdict(kind: Kind, flow: str, grounds: Sequence[_Ground]) -> Verdict:
    """What the grounds of a flow say of one kind together."""
    for ground in grounds:
        ground.look_for(kind)
    # Before the subjects, because a witness may show one more.
    witnesses = next((g.witnesses(kind) for g in grounds if g.seen.get(kind)), list[Pair]())
    subjects = sorted(s for ground in grounds for s in ground.seen.get(kind, ()))
    alike = {s for ground in grounds for s in ground.alike(kind)}.difference(subjects)
    reasons = [r for ground in grounds if (r := ground.undecided(kind)) is not None]
    return Verdict(
        kind,
        flow,
        tuple(subjects),
        tuple(sorted(alike)),
        tuple(witnesses),
        reasons[0] if reasons else None,
    )


class _Ground:
    """What is known of one flow and, off the flow `request`, of one producing target."""

    def __init__(self, questions: Questions, flow: str, producer: str | None) -> None:
        self._questions, self._flow, self._producer = questions, flow, producer
        self.seen: dict[Kind, dict[Subject, Pair]] = {}
        self._reasons: dict[Kind | None, str] = {}
        self._witnesses: list[Pair] = []
        self._asked = self._conditions()

    def _conditions(self) -> tuple[Asked, ...]:
        """All that may differ; nothing where it is proved together that nothing does."""
        try:
            formulas = self._questions.formulas(self._flow, self._producer)
            asked = conditions(*formulas)
        except OutcomesError as error:
            self._reasons[None] = str(error)
            return ()
        self._formulas = formulas
        anything = self._questions.terms.any(each.condition for each in asked)
        answer = self._questions.ask(anything, within=_A_WHILE, values=False)
        return () if isinstance(answer, Impossible) else asked

    def undecided(self, kind: Kind) -> str | None:
        """Why it is not known whether there is more of a kind."""
        return self._reasons.get(kind, self._reasons.get(None))

    def look_for(self, kind: Kind) -> None:
        """Find what a kind can be about, each on a request of its own if need be.

        Together first, because most kinds are none; then one by one, which is easier to decide,
        and the easy ones first.  Where one is found, a moment is enough for each of the others.
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
        left = asked
        for within in (_A_MOMENT, _A_WHILE, DEFAULT_BUDGET):
            left = [each for each in left if not self._is_decided(each, within)]
            if kind in self.seen:
                break  # whether there is any is worth the time, and what else is not
        if not left:
            self._reasons.pop(kind, None)

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
        """A plain request for each place, or for one subject; none if there is no subject."""
        subjects = sorted(self.seen.get(kind, ()))
        places = [subject for subject in subjects if subject.place]
        if places:
            made = [self._witness(kind, [each]) for each in places]
        else:
            made = [self._witness(kind, subjects)] if subjects else []
        return list({id(pair): pair for pair in made}.values())

    def _witness(self, kind: Kind, subjects: Sequence[Subject]) -> Pair:
        """A plain request that shows one of some subjects; an earlier one if it does."""
        if kind != Kind.DEARER:  # for which one that costs noticeably more is looked for
            for pair in self._witnesses:
                if _shows(pair, kind, subjects):
                    return pair
        pair = self._plain(kind, subjects) or self.seen[kind][subjects[0]]
        self._note(pair)
        self._witnesses.append(pair)
        return pair

    def _plain(self, kind: Kind, subjects: Sequence[Subject]) -> Pair | None:
        """As plain a request as can be had that shows one of some subjects."""
        asked = next(a for a in self._asked if a.kind == kind and {*subjects} & {*a.subjects})
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
