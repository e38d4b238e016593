"""Text in which the scanner finds what a witness says of labels, made of detectors' examples.

Every piece is tried alone before it is used, and whoever takes the whole scans it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice

from epol.compiler.scanning import scanner_of
from epol.engine.bundle.exact import PatternRefusedError
from epol.engine.bundle.service import ScanLimitError, TextService
from epol.lang.model import DetectorInfo, Policy
from epol.lang.request import Request

MOST_SPANS = 4
"""Spans of one label in one role that are still shown as text."""

_SENTENCE_ENDS = (".", "!", "?")

Texts = tuple[tuple[str, str], ...]


def composed(policy: Policy, request: Request) -> Iterator[Texts]:
    """(role, text) pairs that hold the labels which a request counts, best first.

    The pieces are examples of the labels' own detectors, else words of their lists, in each
    of which the scanner finds one span of that label and nothing else.  Labels for which there
    are none, or that have too many spans, are left out.  Whether all hold the same together is
    for the caller to see: first the pieces of a role are one text, then a text each.
    """
    wanted = [
        (role, label, count)
        for label, counts in sorted(request.labels.items())
        for role, count in sorted((counts or {}).items())
        if 0 < count <= MOST_SPANS
    ]
    if not wanted:
        return
    try:
        scanner = scanner_of(policy)
    except PatternRefusedError:
        return
    by_role: dict[str, list[str]] = {}
    for role, label, count in wanted:
        pieces = islice(cycle(_pieces(policy, scanner, label)), count)
        by_role.setdefault(role, []).extend(pieces)
    shown = {role: pieces for role, pieces in by_role.items() if pieces}
    if shown:
        yield tuple((role, _joined(pieces)) for role, pieces in shown.items())
        yield tuple((role, piece) for role, pieces in shown.items() for piece in pieces)


def _pieces(policy: Policy, scanner: TextService, label: str) -> tuple[str, ...]:
    """Short texts that hold one span of a label, the shortest first, one for each value."""
    detectors = [each for each in policy.detectors if each.label == label and each.model is None]
    texts = dict.fromkeys(text for detector in detectors for text in _offered(detector))
    held = {text: _alone(scanner, text, label) for text in sorted(texts, key=_plainness)}
    by_value = {value: text for text, value in reversed(held.items()) if value is not None}
    return tuple(sorted(by_value.values(), key=_plainness))


def _plainness(text: str) -> tuple[bool, int, str]:
    """One line is plainer than several, and a short text than a long one."""
    return "\n" in text, len(text), text


def _offered(detector: DetectorInfo) -> Iterator[str]:
    """A detector's examples; the words that it looks for where it has none."""
    examples = [each.text for each in detector.examples if each.wanted]
    yield from examples or (word for words in detector.words for word in words.words[:1])


def _alone(scanner: TextService, text: str, label: str) -> str | None:
    """What is found in a text if it is one span of a label, and nothing else is found."""
    try:
        scan = scanner.scan(text)
    except ScanLimitError:
        return None
    spans = {(found.start, found.end) for found in scan.findings}
    if {found.label for found in scan.findings} != {label} or len(spans) != 1 or scan.opaque:
        return None
    ((start, end),) = spans
    return text[start:end]


def _joined(pieces: list[str]) -> str:
    """Pieces after one another, each a sentence or a clause."""
    parted = (piece if piece.endswith(_SENTENCE_ENDS) else piece + ";" for piece in pieces)
    return " ".join(parted).removesuffix(";")
