"""The findings about detectors, labels and waivers."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from itertools import combinations

from epol.compiler.scanning import scanner_of
from epol.engine.bundle.findings import Finding as Span
from epol.lang import ast
from epol.lang.model import DetectorInfo
from tests.planted.judged import Finding, Judged

# --- detectors that meet -----------------------------------------------------------------


def overlap(it: Judged) -> Iterator[Finding]:
    meeting = {pair for text in it.texts for pair in meetings(it, text)}
    for one, other in combinations(it.policy.detectors, 2):
        pair = tuple(sorted((one.name, other.name)))
        own = one.name in it.detectors or other.name in it.detectors
        if pair in meeting and own and _treated_apart(it, one, other):
            yield "detectors-overlap", pair


def meetings(it: Judged, text: str) -> set[tuple[str, ...]]:
    """Pairs of detectors that find spans in a text, one within the other."""
    spans = scanner_of(it.policy).scan(text).findings
    return {
        tuple(sorted((one.detector, other.detector)))
        for one, other in combinations(spans, 2)
        if one.detector != other.detector and (_within(one, other) or _within(other, one))
    }


def _within(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _treated_apart(it: Judged, one: DetectorInfo, other: DetectorInfo) -> bool:
    """Whether the labels of two detectors get different treatments on some request."""
    for flow, target, point in it.lanes.flow_points():
        levels = it.lanes.view(point, flow, target).levels
        if levels[one.label] != levels[other.label]:
            return True
    return False


# --- labels and detectors without each other ----------------------------------------------------


def label_without_detector(it: Judged) -> Iterator[Finding]:
    found = {detector.label for detector in it.policy.detectors}
    for name in _named(it, standard=False) - {"any"}:
        if it.policy.labels[name].below.isdisjoint(found):
            yield "label-without-detector", (name,)


def detector_without_rule(it: Judged) -> Iterator[Finding]:
    named = _named(it, standard=True)
    asked = {label for name in named - {"any"} for label in it.policy.labels[name].below}
    for name, node in it.detectors.items():
        if "any" not in named and node.label.text not in asked:
            yield "detector-without-rule", (name,)


def _named(it: Judged, *, standard: bool) -> set[str]:
    """The labels that rules and lets name, those of standard modules too or not."""
    return {
        name.text
        for file in it.compiled.unit.files
        if standard or not file.is_standard
        for node in file.tree.declarations
        if isinstance(node, ast.Rule | ast.Let)
        for part in ast.walk(node)
        for name in _labels_of(part)
    }


def _labels_of(part: ast.Node) -> tuple[ast.Name, ...]:
    if isinstance(part, ast.Found | ast.Count | ast.Sends):
        return (part.label,)
    return part.labels if isinstance(part, ast.Treat) else ()


# --- waivers -------------------------------------------------------------------------------

_WAIVER = re.compile(
    r'^# epol: allow (\S+) until (\S+) because ".*"\n(?:#.*\n)*\w+ ([a-z0-9_.]+)', re.MULTILINE
)


def waived(it: Judged, findings: set[Finding], today: datetime.date) -> set[Finding]:
    """The findings that are left, with those about waivers, each before a declaration.

    A finding without subject is at the policy's name.
    """
    left = set(findings)
    for file in it.compiled.unit.files:
        for name, until, declared in _WAIVER.findall(file.tree.source.text):
            allowed = {f for f in left if f[0] == name and declared in (f[1] or (it.policy.name,))}
            if datetime.date.fromisoformat(until) < today:
                left.add(("waiver-expired", (name,)))
            elif not allowed:
                left.add(("waiver-unneeded", (name,)))
            left -= allowed if datetime.date.fromisoformat(until) >= today else set()
    return left
