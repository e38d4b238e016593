"""Counting: what was to be found, what was found, and what was neither.

A finding and a labelled span are the same if the label stands for the type, and the characters
they share are at least half of those that either has (Jaccard index of 1/2).  Then the span is
found and the finding right.  A finding in a text whose spans are all labelled is wrong if it is
not right; it is not judged if it touches a span of a type without a label, or if no type of the
data stands for its label.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from epol.compiler.evaluation.counts import (
    MOST_MISTAKES,
    NOTHING,
    LabelCount,
    Mistake,
    Tally,
    TypeCount,
)
from epol.compiler.evaluation.mapping import TypeMap
from epol.compiler.evaluation.rows import Labelled, Row
from epol.engine.bundle.findings import Finding
from epol.engine.bundle.service import ScanLimitError, TextService

_CONTEXT = 40
_LONGEST = 200

Span = tuple[int, int, str]
"""Start, end and label of a finding; several detectors may find the same."""


def tally(rows: Iterable[Row], service: TextService, types: TypeMap) -> Tally:
    """Scan all texts and count."""
    result = Tally()
    known: set[str] = set()
    for row in rows:
        result.texts += 1
        known.update(*(types.right(each) for each in _types(row)))
        found = _scanned(row, service, result)
        if found is not None:
            _count_expected(row, found, types, result)
            _count_findings(row, found, types, result)
    # Which labels the data can judge is known once all types have been seen.
    for label in result.labels.keys() - known:
        _withdraw(label, result)
    return result


def _types(row: Row) -> Iterator[str]:
    yield from (span.type for span in row.spans)
    if row.type is not None:
        yield row.type


def _withdraw(label: str, result: Tally) -> None:
    """Findings of a label that no type of the data stands for are not judged."""
    count = result.labels[label]
    count.unjudged += count.wrong
    count.wrong = 0
    result.pairs.pop((NOTHING, label), None)
    result.mistakes = [m for m in result.mistakes if m.type or m.label != label]


def _scanned(row: Row, service: TextService, result: Tally) -> tuple[Span, ...] | None:
    try:
        findings = service.scan(row.text).findings
    except ScanLimitError:
        result.refused.append(row.line)
        return None
    # What is made when it is first needed (validators, expressions) is there the second time.
    begun = time.perf_counter()
    service.scan(row.text)
    result.seconds += time.perf_counter() - begun
    result.bytes += len(row.text.encode("utf-8", "surrogatepass"))
    return tuple(sorted({_span(finding) for finding in findings}))


def _span(finding: Finding) -> Span:
    return finding.start, finding.end, finding.label


# --- what was to be found -----------------------------------------------------------


def _count_expected(row: Row, found: tuple[Span, ...], types: TypeMap, result: Tally) -> None:
    if not row.should_match:
        _count_negative(row, found, types, result)
    elif row.spans:
        covered = _covered(found)
        for span in row.spans:
            _count_span(row, span, found, covered, types, result)
    elif row.type is not None:
        _count_text(row, row.type, found, types, result)


def _count_negative(row: Row, found: tuple[Span, ...], types: TypeMap, result: Tally) -> None:
    if row.is_whole:
        result.clean += 1
        result.clean_findings += len(found)
    right = types.right(row.type) if row.type is not None else frozenset[str]()
    if row.type is not None and right:
        count = result.types.setdefault(row.type, TypeCount())
        count.negatives += 1
        count.hit += any(label in right for _, _, label in found)


def _count_text(
    row: Row, type_: str, found: tuple[Span, ...], types: TypeMap, result: Tally
) -> None:
    """A text that should match, nobody says where."""
    right = types.right(type_)
    if not right:
        result.unmapped[type_] += 1
        return
    count = result.types.setdefault(type_, TypeCount())
    labels = [label for _, _, label in found if label in right]
    count.expected += 1
    count.found += bool(labels)
    result.pairs[type_, labels[0] if labels else NOTHING] += 1
    if not labels:
        _keep(result, row, (0, len(row.text)), type_, NOTHING)


def _count_span(
    row: Row,
    span: Labelled,
    found: tuple[Span, ...],
    covered: list[tuple[int, int]],
    types: TypeMap,
    result: Tally,
) -> None:
    right = types.right(span.type)
    same = [f[2] for f in found if f[2] in right and _is_same(f, span)]
    label = same[0] if same else _there(span, found, right)
    result.pairs[span.type, label] += 1
    if not right:
        result.unmapped[span.type] += 1
        return
    count = result.types.setdefault(span.type, TypeCount())
    count.expected += 1
    count.found += bool(same)
    count.characters += span.end - span.start
    count.leaked += _leaked(span, covered)
    if not same:
        _keep(result, row, (span.start, span.end), span.type, label)


def _there(span: Labelled, found: tuple[Span, ...], right: frozenset[str]) -> str:
    """The label that has most of a span's characters, or none; a right one has too little."""
    shared = [(_shared(f, span), f[2]) for f in found]
    most, label = max(shared, key=lambda pair: pair[0], default=(0, NOTHING))
    if not most:
        return NOTHING
    return f"{label} (in part)" if label in right else label


def _covered(found: tuple[Span, ...]) -> list[tuple[int, int]]:
    """What findings cover, as ranges that do not touch, in order."""
    ranges: list[tuple[int, int]] = []
    for start, end, _ in found:
        if ranges and start <= ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], max(end, ranges[-1][1]))
        else:
            ranges.append((start, end))
    return ranges


def _leaked(span: Labelled, covered: list[tuple[int, int]]) -> int:
    """Characters of a span that no finding covers."""
    inside = (min(end, span.end) - max(start, span.start) for start, end in covered)
    return span.end - span.start - sum(max(0, length) for length in inside)


# --- what was found -----------------------------------------------------------------


def _count_findings(
    row: Row,
    found: tuple[Span, ...],
    types: TypeMap,
    result: Tally,
) -> None:
    for each in found:
        start, end, label = each
        count = result.labels.setdefault(label, LabelCount())
        if any(label in types.right(s.type) and _is_same(each, s) for s in row.spans):
            count.right += 1
        elif not _is_judged(row, each, types):
            count.unjudged += 1
        else:
            count.wrong += 1
            result.pairs[NOTHING, label] += 1
            _keep(result, row, (start, end), NOTHING, label)


def _is_judged(row: Row, found: Span, types: TypeMap) -> bool:
    """Whether what the row says is enough to call a finding wrong."""
    says_where = row.is_whole and bool(row.spans or not row.should_match)
    strange = (span for span in row.spans if not types.right(span.type))
    return says_where and not any(_shared(found, span) for span in strange)


def _keep(result: Tally, row: Row, place: tuple[int, int], type_: str, label: str) -> None:
    start, end = place
    if len(result.mistakes) >= MOST_MISTAKES:
        return
    before = row.text[max(0, start - _CONTEXT) : start]
    text, after = row.text[start:end][:_LONGEST], row.text[end : end + _CONTEXT]
    result.mistakes.append(Mistake(row.line, start, end, type_, label, before, text, after))


def _shared(found: Span, span: Labelled) -> int:
    """Characters that both have."""
    return max(0, min(found[1], span.end) - max(found[0], span.start))


def _is_same(found: Span, span: Labelled) -> bool:
    shared = _shared(found, span)
    either = found[1] - found[0] + span.end - span.start - shared
    return shared > 0 and 2 * shared >= either
