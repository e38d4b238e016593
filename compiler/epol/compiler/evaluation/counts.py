"""What an evaluation counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

NOTHING = ""
"""In a pair of type and label: no type, or no label."""

MOST_MISTAKES = 500
"""Mistakes that are kept with their place."""


@dataclass
class TypeCount:
    """Spans (and texts that only should match) of one type; characters of the spans.

    `negatives` are texts that should not match it, and `hit` those in which it was found.
    """

    expected: int = 0
    found: int = 0
    characters: int = 0
    leaked: int = 0
    negatives: int = 0
    hit: int = 0


@dataclass
class LabelCount:
    """Findings of one label."""

    right: int = 0
    wrong: int = 0
    unjudged: int = 0


@dataclass(frozen=True)
class Mistake:
    """A span that was missed (`label` says what was found there), or a wrong finding (no type).

    `text` is the span's, with what stands `before` and `after` it, each of bearable length.
    """

    line: int
    start: int
    end: int
    type: str
    label: str
    before: str
    text: str
    after: str


@dataclass
class Tally:
    """All counts of one evaluation.

    `pairs` counts spans by type and the label found there, and wrong findings with no type;
    `clean` texts have nothing to find at all; `refused` ones ask for more work than a request
    may and are in no other count.
    """

    texts: int = 0
    types: dict[str, TypeCount] = field(default_factory=dict[str, TypeCount])
    labels: dict[str, LabelCount] = field(default_factory=dict[str, LabelCount])
    unmapped: Counter[str] = field(default_factory=Counter[str])
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    clean: int = 0
    clean_findings: int = 0
    refused: list[int] = field(default_factory=list[int])
    mistakes: list[Mistake] = field(default_factory=list[Mistake])
    bytes: int = 0
    seconds: float = 0.0
