"""The scanner: what is found in a text.

One pass over the pattern database tells which patterns occur; almost every text ends
there.  What fired is confirmed, in the text and in its normalised views, and mapped back
to the characters that were sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

from epol.engine.bundle.findings import CLEAN, RequestScan, Scan
from epol.engine.bundle.hyper import NO_DATABASES, Databases, Hit
from epol.engine.bundle.textplan import DetectorPlan, SignalPlan, TextPlan
from epol.engine.errors import ScanLimitError
from epol.engine.kernel.automaton_words import ASKED
from epol.engine.text.automata.limits import may_be_walked
from epol.engine.text.confirming import TOGETHER, confirm_walked
from epol.engine.text.encoded import Encoded, in_utf8
from epol.engine.text.entries import Entry
from epol.engine.text.evidence import Detector
from epol.engine.text.gates import NOTHING, Gates, Passed
from epol.engine.text.limits import MAX_TEXT, Budget
from epol.engine.text.results import Result
from epol.engine.text.segments import Segment, together
from epol.engine.text.views import TRIGGERS, Hints, View, derive, few_folded, may_hold_text

_BASE64 = frozenset(("base64",))


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
        self._entries: dict[int, Entry] = {}

    def _entry(self, index: int) -> Entry:
        """What an expression of the database belongs to; two threads may both make it."""
        at = self._owner_of[index]
        plan = self._owners[at]
        owner: Detector | SignalPlan
        if isinstance(plan, SignalPlan):
            owner = plan
        else:
            owner = self._detectors.get(at) or self._detectors.setdefault(at, Detector(plan))
        return self._entries.setdefault(index, Entry(owner, self._regexes[index]))

    def scan(self, text: str, budget: Budget | None = None) -> Scan:
        """What a text holds.  Raises `ScanLimitError` where it asks for too much work."""
        if len(text) > MAX_TEXT:
            raise ScanLimitError(f"a text has more than {MAX_TEXT:,} characters; send it in parts")
        data = in_utf8(text)
        passed = self.gates.scan(data)
        if text.isascii():
            if passed is NOTHING:
                return CLEAN
            if passed.kinds == _BASE64 and not may_hold_text(data):
                passed = passed._replace(kinds=NOTHING.kinds)
            if not passed.hits and not passed.kinds:
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
        result = Result()
        self._confirm(encoded, hits, None, budget, result)
        if not any(hints):
            return result.scan(0)
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
        result = Result()
        self._confirm(encoded, passed.hits, None, budget, result)
        if folded.hits:
            view = few.view(encoded.text)
            self._confirm(Encoded(view.text), folded.hits, view, budget, result)
        return result.scan(0)

    def _confirm(
        self, encoded: Encoded, hits: list[Hit], view: View | None, budget: Budget, result: Result
    ) -> None:
        entries, is_ascii = self._entries, encoded.is_ascii
        walked, asked, can_walk = (
            list[Entry](),
            list[int](),
            is_ascii and may_be_walked(encoded.data),
        )
        for index, ends in hits:
            entry = entries.get(index) or self._entry(index)
            start = ends - entry.reach if ends > entry.reach else 0
            walk = entry.walk if can_walk else None
            if walk is not None:
                walked.append(entry)
                asked.append(walk.address)
                asked.append(start)
                continue
            regions = None
            if entry.conditional is not None:
                regions = entry.conditional.regions(encoded)
                if regions is not None and not regions:
                    continue
            start = start if is_ascii else encoded.from_character(start)
            spans = entry.search.spans(encoded, start, budget, regions)
            result.take(entry.owner, encoded, spans, view, budget)
        for at in range(0, len(walked), TOGETHER):
            some, of_some = walked[at : at + TOGETHER], asked[ASKED * at : ASKED * (at + TOGETHER)]
            confirm_walked(encoded, some, of_some, view, budget, result)


def _hints(encoded: Encoded, kinds: Iterable[str]) -> Hints:
    """Which normalisations may change a text."""
    return Hints(non_ascii=not encoded.is_ascii, **dict.fromkeys(kinds, True))
