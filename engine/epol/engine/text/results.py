"""What was found in a text, as it comes."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from epol.engine.bundle.exact import Found
from epol.engine.bundle.findings import ORIGINAL, Finding, Scan
from epol.engine.bundle.textplan import SignalPlan
from epol.engine.text.encoded import Encoded
from epol.engine.text.evidence import Detector
from epol.engine.text.limits import Budget
from epol.engine.text.views import View

_IN_ORDER = attrgetter("start", "end", "label", "detector")


class Result:
    """Findings as they come, each span of a detector once, at its highest confidence."""

    def __init__(self) -> None:
        self.findings: dict[tuple[str, int, int], Finding] = {}
        """By detector and span."""
        self._signals: dict[str, set[tuple[int, int]]] = {}

    def take(
        self,
        owner: Detector | SignalPlan,
        encoded: Encoded,
        spans: Iterable[Found],
        view: View | None,
        budget: Budget,
    ) -> None:
        """Take what was found of an owner, in bytes, while the budget allows."""
        is_ascii = encoded.is_ascii
        for _, _, low, high in spans:
            span = low, high
            if not is_ascii:
                span = encoded.characters(low), encoded.characters(high)
            is_new = self.add(owner, encoded, span, view)
            budget.find(span[1] - span[0], cheap=not is_new)

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
        known = self.findings.get(key)
        if known and view is None:
            # Another of its expressions found the same in the same text.
            return False
        confidence, near = owner.confidence(encoded, *span)
        if confidence < plan.threshold or (known and known.confidence >= confidence):
            return False
        name = ORIGINAL if view is None else view.kinds(*span)
        self.findings[key] = Finding(
            plan.label, plan.name, start, end, confidence, name, plan.checks, near
        )
        return known is None

    def scan(self, opaque: int) -> Scan:
        """The result, in an order that depends on the spans alone."""
        findings = sorted(self.findings.values(), key=_IN_ORDER)
        signals = sorted((name, tuple(sorted(found))) for name, found in self._signals.items())
        return Scan(tuple(findings), tuple(signals), opaque)
