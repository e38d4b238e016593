"""What the counts come to.

Recall is the share of expected spans that were found, precision the share of judged findings
that are right, F1 their harmonic mean (van Rijsbergen, Information Retrieval, 1979, chapter 7).
The leaked share is that of labelled characters which no finding of any label covers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from epol.compiler.evaluation.counts import LabelCount, Tally, TypeCount
from epol.compiler.evaluation.mapping import TypeMap

_DIGITS = 6


@dataclass(frozen=True)
class Quality:
    """Counts of a type, or of all: `judged` findings of its labels, `right` ones among them."""

    labels: tuple[str, ...]
    count: TypeCount
    judged: int
    right: int

    @property
    def recall(self) -> float | None:
        """None where nothing was expected."""
        return share(self.count.found, self.count.expected)

    @property
    def precision(self) -> float | None:
        """None where no finding is judged."""
        return share(self.right, self.judged)

    @property
    def f1(self) -> float | None:
        """None where either is not known; 0 where both are 0."""
        if self.recall is None or self.precision is None:
            return None
        total = self.recall + self.precision
        return round(2 * self.recall * self.precision / total, _DIGITS) if total else 0.0

    @property
    def leaked(self) -> float | None:
        """The share of labelled characters that nothing covers."""
        return share(self.count.leaked, self.count.characters)


def share(part: int, whole: int) -> float | None:
    """A share with six digits; None of nothing."""
    return round(part / whole, _DIGITS) if whole else None


def by_type(result: Tally, types: TypeMap) -> dict[str, Quality]:
    """The quality of each type that has a label, by name."""
    return {
        name: _quality(types.labels(name), count, _of(result, types.right(name)))
        for name, count in sorted(result.types.items())
    }


def overall(result: Tally) -> Quality:
    """All types and all findings together."""
    total = TypeCount()
    for each in result.types.values():
        for name in vars(total):
            setattr(total, name, getattr(total, name) + getattr(each, name))
    return _quality((), total, result.labels.values())


def _of(result: Tally, labels: Iterable[str]) -> list[LabelCount]:
    return [result.labels[label] for label in labels if label in result.labels]


def _quality(labels: tuple[str, ...], count: TypeCount, found: Iterable[LabelCount]) -> Quality:
    counts = list(found)
    right = sum(each.right for each in counts)
    return Quality(labels, count, right + sum(each.wrong for each in counts), right)


def per_thousand(result: Tally) -> float | None:
    """Findings per 1,000 clean texts; None if there are none."""
    return round(1000 * result.clean_findings / result.clean, 3) if result.clean else None


def speed(result: Tally) -> float | None:
    """Microseconds a KiB of UTF-8; None if there was no text."""
    return round(result.seconds * 1e6 / (result.bytes / 1024), 2) if result.bytes else None
