"""The exact set of findings of a small policy."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator

from tests.planted import of_rules, of_targets, of_texts
from tests.planted.judged import Finding, Judged

TODAY = datetime.date(2026, 11, 1)
"""The day on which waivers are looked at."""

OF_LANES: dict[str, Callable[[Judged], Iterator[Finding]]] = {
    "rule-never-fires": of_rules.never_fires,
    "rule-always-fires": of_rules.always_fires,
    "rule-changes-nothing": of_rules.changes_nothing,
    "treatment-opens-target": of_rules.opens_target,
    "restriction-lifted-by-detection": of_rules.lifted,
    "treatments-disagree": of_rules.disagree,
    "request-starved": of_targets.request_starved,
    "target-never-permitted": of_targets.never_permitted,
    "target-never-chosen": of_targets.never_chosen,
    "preferences-cancel": of_targets.cancel,
    "choice-rests-on-order": of_targets.rests_on_order,
    "decision-rests-on-unknown": of_targets.rests_on_unknown,
    "detectors-overlap": of_texts.overlap,
}
"""What a policy without targets has none of."""

OF_FILES: dict[str, Callable[[Judged], Iterator[Finding]]] = {
    "label-without-detector": of_texts.label_without_detector,
    "detector-without-rule": of_texts.detector_without_rule,
}

NAMES = frozenset((*OF_LANES, *OF_FILES, "waiver-expired", "waiver-unneeded"))


def findings(it: Judged) -> frozenset[Finding]:
    """All findings of these names, by trying all requests."""
    judges = {**(OF_LANES if it.policy.targets else {}), **OF_FILES}
    found = {finding for judge in judges.values() for finding in judge(it)}
    return frozenset(of_texts.waived(it, found, TODAY))
