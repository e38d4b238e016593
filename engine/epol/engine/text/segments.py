"""All texts of one request: counts by label and role, and the values of text signals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from epol.engine.bundle.findings import RequestScan, Scan
from epol.engine.bundle.textplan import SignalPlan, TextPlan
from epol.engine.text.words import count_words, words_touched

_MILLION = 1_000_000

Segment = tuple[str, str]
"""A role and a text."""


NOT_RUN = "the model was not run"


def together(
    plan: TextPlan,
    segments: Sequence[Segment],
    scans: tuple[Scan, ...],
    failed: Mapping[str, str] | None = None,
) -> RequestScan:
    """What the scans of a request's texts say together.

    `failed` has the model detectors that did not do their work in all texts, by name, each
    with the reason; if it is not given, none was run.
    """
    if failed is None:
        failed = {detector.name: NOT_RUN for detector in plan.models}
    return RequestScan(
        scans,
        _counts(segments, scans),
        _values(plan, segments, scans),
        sum(scan.opaque for scan in scans),
        {each.label: failed[each.name] for each in plan.models if each.name in failed},
    )


def _counts(segments: Sequence[Segment], scans: Sequence[Scan]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for (role, _), scan in zip(segments, scans, strict=True):
        if not scan.findings:
            continue
        for label, _, _ in {(found.label, found.start, found.end) for found in scan.findings}:
            by_role = counts.setdefault(label, {})
            by_role[role] = by_role.get(role, 0) + 1
    return counts


def _values(
    plan: TextPlan, segments: Sequence[Segment], scans: Sequence[Scan]
) -> Mapping[str, int | bool]:
    if any(scan.signals for scan in scans):
        return {signal.name: _value(signal, segments, scans) for signal in plan.signals}
    return plan.quiet


def _value(plan: SignalPlan, segments: Sequence[Segment], scans: Sequence[Scan]) -> int | bool:
    total, words = 0, 0
    for (role, text), scan in zip(segments, scans, strict=True):
        if plan.roles is None or role in plan.roles:
            spans = dict(scan.signals).get(plan.name, ())
            if plan.function == "density":
                total += words_touched(text, spans) if spans else 0
                words += count_words(text)
            else:
                total += len(spans)
    if plan.function == "density":
        return total * _MILLION // words if words else 0
    return total if plan.function == "count" else total > 0
