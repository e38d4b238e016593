"""The scanner: what is found in a text.

One pass over the pattern database tells which patterns occur; almost every text ends
there.  What fired is confirmed, in the text and in its normalised views, and mapped back
to the characters that were sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain
from operator import attrgetter
from pathlib import Path

from epol.engine.bundle.exact import Exact, Found
from epol.engine.bundle.findings import CLEAN, ORIGINAL, Finding, RequestScan, Scan
from epol.engine.bundle.hyper import NO_DATABASES, Databases, Hit
from epol.engine.bundle.lazy import lazy
from epol.engine.bundle.textplan import DetectorPlan, Regex, SignalPlan, TextPlan
from epol.engine.errors import ScanLimitError
from epol.engine.text.automata.automaton import Asked
from epol.engine.text.candidates import Judge, LastEnd, Search, Verdict
from epol.engine.text.encoded import Encoded, in_utf8
from epol.engine.text.evidence import Detector
from epol.engine.text.gates import NOTHING, Gates, Passed
from epol.engine.text.limits import MAX_SPAN, MAX_TEXT, Budget
from epol.engine.text.segments import Segment, together
from epol.engine.text.views import TRIGGERS, Hints, View, derive, few_folded
from epol.engine.text.walking import Walk, walk


class _Entry:
    """An expression of the database, what it belongs to, and how it is searched for."""

    def __init__(self, owner: Detector | SignalPlan, regex: Regex) -> None:
        self.owner, self.regex = owner, regex
        self.conditional = owner if isinstance(owner, Detector) and owner.needs_phrase else None
        """Its detector, if nothing of it counts without a phrase near it."""
        self.reach = MAX_SPAN if regex.reach is None else regex.reach

    @lazy
    def search(self) -> Search | Walk:
        """Made when it is first needed: by an automaton, where that is possible."""
        made = None
        if self.conditional is None:
            judge, needed = _judge(self.owner, None), _literal(self.regex.needs or "")
            made = walk(self.regex, _asked(self.owner, self.regex), judge, self.exactly, needed)
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


class Scanner:
    """Scans texts for what a plan names.  Safe to share between threads."""

    def __init__(
        self, plan: TextPlan, folder: Path | None = None, databases: Databases = NO_DATABASES
    ) -> None:
        """Make the databases of a plan ready.

        Each is taken from `databases` (those of a bundle), else from the cache in `folder`
        (`cache.default_folder()`), else it is compiled.  Raises `PatternRefusedError` for a
        pattern that Hyperscan does not take; one that RE2 does not take is an error when it
        first fires, so the compiler tries them all.
        """
        self.plan = plan
        self._owners: list[DetectorPlan | SignalPlan] = [*plan.detectors, *plan.signals]
        self._owner_of = [at for at, owner in enumerate(self._owners) for _ in owner.regexes]
        self._regexes = list(chain.from_iterable(owner.regexes for owner in self._owners))
        self.gates = Gates(self._regexes, folder, databases)
        # Of thousands, few ever fire; they are made then.
        self._detectors: dict[int, Detector] = {}
        self._entries: dict[int, _Entry] = {}

    def _entry(self, index: int) -> _Entry:
        """What an expression of the database belongs to; two threads may both make it."""
        at = self._owner_of[index]
        plan = self._owners[at]
        owner: Detector | SignalPlan
        if isinstance(plan, SignalPlan):
            owner = plan
        else:
            owner = self._detectors.get(at) or self._detectors.setdefault(at, Detector(plan))
        return self._entries.setdefault(index, _Entry(owner, self._regexes[index]))

    def scan(self, text: str, budget: Budget | None = None) -> Scan:
        """What a text holds.  Raises `ScanLimitError` where it asks for too much work."""
        if len(text) > MAX_TEXT:
            raise ScanLimitError(f"a text has more than {MAX_TEXT:,} characters; send it in parts")
        data = in_utf8(text)
        passed = self.gates.scan(data)
        if not passed.hits and not passed.kinds and text.isascii():
            return CLEAN
        encoded = Encoded(text, data)
        budget = budget or Budget()
        budget.allow(len(text))
        if not passed.kinds and not encoded.is_ascii:
            barely = self._barely_folded(encoded, passed, budget)
            if barely is not None:
                return barely
        return self._confirmed(encoded, passed.hits, _hints(encoded, passed.kinds), budget)

    def scan_segments(self, segments: Sequence[Segment]) -> RequestScan:
        """Scan the texts of one request.  Raises `ScanLimitError`; one budget serves them all."""
        # Alone, most texts need none.
        budget = Budget() if len(segments) > 1 else None
        scans = tuple([self.scan(text, budget) for _, text in segments])
        return together(self.plan, segments, scans)

    def scan_everything(self, text: str, budget: Budget | None = None) -> Scan:
        """As `scan`, with every pattern confirmed whether or not it fired: the gate's oracle."""
        encoded = Encoded(text)
        budget = budget or Budget()
        budget.allow(len(text))
        hints = Hints(non_ascii=True, **dict.fromkeys(TRIGGERS, True))
        return self._confirmed(encoded, self._all_hits(), hints, budget, gated=False)

    def _all_hits(self) -> list[Hit]:
        return [(index, 0) for index in range(len(self._regexes))]

    def _confirmed(
        self, encoded: Encoded, hits: list[Hit], hints: Hints, budget: Budget, *, gated: bool = True
    ) -> Scan:
        result = _Result()
        self._confirm(encoded, hits, None, budget, result)
        views = derive(encoded.text, hints)
        for view in views.views:
            inner = Encoded(view.text)
            inner_hits = self.gates.scan(inner.data).hits if gated else self._all_hits()
            self._confirm(inner, inner_hits, view, budget, result)
        return result.scan(views.opaque)

    def _barely_folded(self, encoded: Encoded, passed: Passed, budget: Budget) -> Scan | None:
        """The scan of a text whose folded form, its only view, differs in a few places."""
        few = few_folded(encoded.text, encoded.data)
        if few is None:
            return None
        folded = self.gates.around(few.data, few.places, passed) if few.places else NOTHING
        if folded.kinds:
            return None
        if not passed.hits and not folded.hits:
            return CLEAN
        result = _Result()
        self._confirm(encoded, passed.hits, None, budget, result)
        if folded.hits:
            view = few.view(encoded.text)
            self._confirm(Encoded(view.text), folded.hits, view, budget, result)
        return result.scan(0)

    def _confirm(
        self, encoded: Encoded, hits: list[Hit], view: View | None, budget: Budget, result: _Result
    ) -> None:
        entries, is_ascii = self._entries, encoded.is_ascii
        for index, ends in hits:
            entry = entries.get(index) or self._entry(index)
            regions = None
            if entry.conditional is not None:
                regions = entry.conditional.regions(encoded)
                if regions is not None and not regions:
                    continue
            start = ends - entry.reach if ends > entry.reach else 0
            start = start if is_ascii else encoded.from_character(start)
            for _, _, low, high in entry.search.spans(encoded, start, budget, regions):
                span = low, high
                if not is_ascii:
                    span = encoded.characters(low), encoded.characters(high)
                is_new = result.add(entry.owner, encoded, span, view)
                budget.find(span[1] - span[0], cheap=not is_new)


def _hints(encoded: Encoded, kinds: Iterable[str]) -> Hints:
    """Which normalisations may change a text."""
    return Hints(non_ascii=not encoded.is_ascii, **dict.fromkeys(kinds, True))


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
        return owner.weighing() if regex is None else owner.judging(regex.bounded)
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


_IN_ORDER = attrgetter("start", "end", "label", "detector")


class _Result:
    """Findings as they come, each span of a detector once, at its highest confidence."""

    def __init__(self) -> None:
        self._findings: dict[tuple[str, int, int], Finding] = {}
        self._signals: dict[str, set[tuple[int, int]]] = {}

    def add(
        self,
        owner: Detector | SignalPlan,
        encoded: Encoded,
        span: tuple[int, int],
        view: View | None,
    ) -> bool:
        """Take a span of a text or of one of its views; whether it is a new one of a label."""
        start, end = span if view is None else view.span(*span)
        if not isinstance(owner, Detector):
            self._signals.setdefault(owner.name, set()).add((start, end))
            return False
        plan = owner.plan
        key = (plan.name, start, end)
        known = self._findings.get(key)
        if known and view is None:
            # Another of its expressions found the same in the same text.
            return False
        confidence, near = owner.confidence(encoded, *span)
        if confidence < plan.threshold or (known and known.confidence >= confidence):
            return False
        name = ORIGINAL if view is None else view.kinds(*span)
        self._findings[key] = Finding(
            plan.label, plan.name, start, end, confidence, name, plan.checks, near
        )
        return known is None

    def scan(self, opaque: int) -> Scan:
        """The result, in an order that depends on the spans alone."""
        findings = sorted(self._findings.values(), key=_IN_ORDER)
        signals = sorted((name, tuple(sorted(found))) for name, found in self._signals.items())
        return Scan(tuple(findings), tuple(signals), opaque)
