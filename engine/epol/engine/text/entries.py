"""The expressions of the databases: what each belongs to, and how it is searched for."""

from __future__ import annotations

import re
from typing import NamedTuple

from epol.engine.bundle.exact import Exact, Found
from epol.engine.bundle.lazy import lazy
from epol.engine.bundle.textplan import Regex, SignalPlan
from epol.engine.text.automata.automaton import Asked
from epol.engine.text.candidates import Judge, LastEnd, Search, Verdict
from epol.engine.text.encoded import Encoded
from epol.engine.text.evidence import Detector
from epol.engine.text.limits import MAX_SPAN, Budget
from epol.engine.text.walking import Walk, walk


class InShort(NamedTuple):
    """What an expression belongs to, its automaton with some of what that has, and what its
    findings have before and behind a span, if nothing near one counts."""

    owner: Detector | SignalPlan
    walk: Walk
    before: int
    kept_as: tuple[str, ...] | None
    around: tuple[tuple[str, str], tuple[int, str, tuple[str, ...], tuple[str, ...]]] | None


class Entry:
    """An expression of the database, what it belongs to, and how it is searched for."""

    def __init__(self, owner: Detector | SignalPlan, regex: Regex) -> None:
        self.owner, self.regex = owner, regex
        self.conditional = owner if isinstance(owner, Detector) and owner.needs_phrase else None
        """Its detector, if nothing of it counts without a phrase near it."""
        self.reach = MAX_SPAN if regex.reach is None else regex.reach

    @lazy
    def walk(self) -> Walk | None:
        """The search by an automaton; None where there is none, or regions of a text count."""
        return self.search if isinstance(self.search, Walk) else None

    @lazy
    def in_short(self) -> InShort:
        """What `confirming` asks of one with a `walk`."""
        owner, walk, around = self.owner, self.walk, None
        assert walk is not None
        if isinstance(owner, Detector) and not owner.plan.near:
            around = owner.around_spans
        return InShort(owner, walk, walk.before, walk.kept_as, around)

    @lazy
    def search(self) -> Search | Walk:
        """Made when it is first needed: by an automaton, where that is possible."""
        made = None
        if self.conditional is None:
            judge, needed = _judge(self.owner, None), _literal(self.regex.needs or "")
            kept_as = self.owner.kept_as if isinstance(self.owner, Detector) else None
            asked = _asked(self.owner, self.regex)
            made = walk(self.regex, asked, judge, self.exactly, needed, kept_as)
        return made or self.exactly()

    def exactly(self) -> Search:
        """The search by RE2."""
        return self._exactly

    @lazy
    def _exactly(self) -> Search:
        regex, owner = self.regex, self.owner
        return Search(
            Exact(regex.exact),
            _judge(owner, regex),
            regex.reach,
            overlaps=regex.bounded,
            last_end=_last_end(owner, regex),
            needs=_literal(regex.needs or ""),
        )


def _last_end(owner: Detector | SignalPlan, regex: Regex) -> LastEnd | None:
    """What ends at a boundary of words mostly ends where a match may end."""
    if isinstance(owner, SignalPlan) or regex.exact.endswith((r"\b", r"\b)")):
        return None
    return owner.last_end if owner.plan.right else None


def _literal(trigger: str) -> bytes:
    """What a trigger stands for, if it stands for itself; else nothing."""
    return trigger.encode() if re.escape(trigger) == trigger else b""


def _judge(owner: Detector | SignalPlan, regex: Regex | None) -> Judge:
    """How matches of an expression are judged; without it, those that stand where one may."""
    if isinstance(owner, Detector):
        return owner.weigh if regex is None else owner.judging(regex.bounded)
    return _whole_words if regex is not None and regex.bounded else _any


def _asked(owner: Detector | SignalPlan, regex: Regex) -> Asked:
    if isinstance(owner, Detector):
        return Asked(owner.never_before, owner.never_behind, regex.bounded, owner.sum_of)
    return Asked(is_bounded=regex.bounded)


def _whole_words(encoded: Encoded, match: Found, budget: Budget) -> Verdict:
    if encoded.cuts_word(match[0]):
        verdict = Verdict.REJECTED
    elif encoded.cuts_word(match[1]):
        verdict = Verdict.ELSEWHERE
    else:
        return Verdict.ACCEPTED
    budget.reject(match[1] - match[0])
    return verdict


def _any(_encoded: Encoded, _match: Found, _budget: Budget) -> Verdict:
    return Verdict.ACCEPTED
