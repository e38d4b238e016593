"""What treatments do to text, once the spans are known: language.md §5, in full.

Like `semantics` this is the definition, slow and obvious.  Finding spans is the
scanner's; keeping tokens is the vault's, so a token comes from the caller.
Offsets and lengths count code points.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from epol.lang.builtins import Treatment
from epol.lang.decision import Detail
from epol.lang.generalize import generalize
from epol.lang.semantics import Lane, coarsest

MASK = "*"


@dataclass(frozen=True)
class FoundSpan:
    """Characters `start` up to `end` of a text, found to be of a label (confidence 0..100)."""

    label: str
    start: int
    end: int
    confidence: int = 100


@dataclass(frozen=True)
class Region:
    """Joined spans with the one treatment that they get, under one label's name."""

    start: int
    end: int
    label: str
    detail: Detail


def count_spans(spans: Iterable[FoundSpan]) -> dict[str, int]:
    """Distinct (start, end) spans of each label, before overlaps are joined."""
    distinct = {(span.label, span.start, span.end) for span in spans}
    labels = sorted({label for label, _, _ in distinct})
    return {label: sum(other == label for other, _, _ in distinct) for label in labels}


def regions(lane: Lane, spans: Iterable[FoundSpan]) -> list[Region]:
    """Spans that share a character, joined transitively, leaving out labels kept here."""
    treated = [span for span in spans if lane.treatment(span.label) != Treatment.KEEP]
    groups: list[list[FoundSpan]] = []
    for span in sorted(treated, key=lambda s: (s.start, s.end)):
        if groups and span.start < max(other.end for other in groups[-1]):
            groups[-1].append(span)
        else:
            groups.append([span])
    return [_region(lane, group) for group in groups]


def _region(lane: Lane, group: list[FoundSpan]) -> Region:
    details = [lane.detail(span.label) for span in group]
    strongest = max(detail.treatment for detail in details)
    named = min(group, key=lambda s: (-s.confidence, s.start - s.end, s.label))
    return Region(
        start=min(span.start for span in group),
        end=max(span.end for span in group),
        label=named.label,
        detail=strictest([detail for detail in details if detail.treatment == strongest]),
    )


def strictest(details: list[Detail]) -> Detail:
    """Several details of one treatment: fewest kept, least text, coarsest method."""
    texts = [detail.replacement for detail in details if detail.replacement is not None]
    return Detail(
        treatment=details[0].treatment,
        keep_last=min(detail.keep_last for detail in details),
        replacement=min(texts, default=None),
        method=coarsest(detail.method for detail in details),
    )


@dataclass(frozen=True)
class Keys:
    """What a deployment brings: the key of `hash`, and a token for a label and a value."""

    hash_key: bytes
    token: Callable[[str, str], str]


def treat(text: str, parts: Iterable[Region], keys: Keys) -> str | None:
    """The text with every region treated; None where `drop` removes the whole segment."""
    result, at = "", 0
    for region in sorted(parts, key=lambda region: region.start):
        if region.detail.treatment == Treatment.DROP:
            return None
        value = text[region.start : region.end]
        result += text[at : region.start] + _replacement(region, value, keys)
        at = region.end
    return result + text[at:]


def _replacement(region: Region, value: str, keys: Keys) -> str:
    detail = region.detail
    match detail.treatment:
        case Treatment.MASK:
            kept = min(detail.keep_last, len(value) // 3)
            return MASK * (len(value) - kept) + value[len(value) - kept :]
        case Treatment.GENERALIZE:
            coarser = None if detail.method is None else generalize(value, detail.method)
            return _redacted(region) if coarser is None else coarser
        case Treatment.TOKENIZE:
            return keys.token(region.label, value)
        case Treatment.HASH:
            return hmac.new(
                keys.hash_key, value.encode("utf-8", "surrogatepass"), hashlib.sha256
            ).hexdigest()
        case _:
            return _redacted(region)


def _redacted(region: Region) -> str:
    """The fixed text of `redact`: the one that was asked for, else the label's name."""
    text = region.detail.replacement
    return f"[{region.label}]" if text is None else text
