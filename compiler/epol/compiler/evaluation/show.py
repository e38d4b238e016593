"""An evaluation for people, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from epol.compiler.evaluation.baseline import Regression
from epol.compiler.evaluation.counts import Tally
from epol.compiler.evaluation.mapping import TypeMap
from epol.compiler.evaluation.measures import Quality, by_type, overall, per_thousand, speed

_HEAD = ("type", "labels", "expected", "found", "recall", "precision", "f1", "leaked")
_LABEL_HEAD = ("label", "findings", "right", "wrong", "not judged")


def human(result: Tally, types: TypeMap) -> Iterator[str]:
    """A table by type, one by label, and a line for each thing that is in neither."""
    rows = [_cells(name, quality) for name, quality in by_type(result, types).items()]
    yield from _aligned([_HEAD, *rows, _cells("all", overall(result))], left=2)
    yield ""
    if result.labels:
        yield from _aligned([_LABEL_HEAD, *_labels(result)], left=1)
        yield ""
    yield from _notes(result)


def _labels(result: Tally) -> Iterator[tuple[str, ...]]:
    for name, count in sorted(result.labels.items()):
        counts = (count.right, count.wrong, count.unjudged)
        yield (name, *(f"{number:,}" for number in (sum(counts), *counts)))


def _cells(name: str, quality: Quality) -> tuple[str, ...]:
    count = quality.count
    return (
        name,
        ", ".join(quality.labels),
        f"{count.expected:,}",
        f"{count.found:,}",
        *map(percent, (quality.recall, quality.precision, quality.f1, quality.leaked)),
    )


def percent(value: float | None) -> str:
    """A share in percent; `-` where there is none."""
    return "-" if value is None else f"{100 * value:.1f} %"


def _aligned(rows: Sequence[tuple[str, ...]], *, left: int) -> Iterator[str]:
    """Rows as columns; the first ones are words, the others numbers."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = zip(row, widths, strict=True)
        padded = [c.ljust(w) if i < left else c.rjust(w) for i, (c, w) in enumerate(cells)]
        yield "  ".join(padded).rstrip()


def _notes(result: Tally) -> Iterator[str]:
    rate = per_thousand(result)
    if rate is not None:
        told = f"findings in them: {result.clean_findings:,} ({rate:g} per 1,000)"
        yield f"clean texts: {result.clean:,}; {told}"
    total = overall(result).count
    if total.negatives:
        yield f"texts that should not match their type: {total.negatives:,}; {total.hit:,} do"
    if result.unmapped:
        yield f"not counted, as no label stands for the type: {_listed(result.unmapped)}"
    if result.refused:
        lines = ", ".join(map(str, result.refused[:8]))
        yield f"not counted, as scanning is refused: {len(result.refused):,} (line {lines})"
    rate = speed(result)
    if rate is not None:
        yield f"speed: {rate:g} \N{MICRO SIGN}s per KB"


def _listed(counts: dict[str, int]) -> str:
    """Names with their counts, the most first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} ({count:,})" for name, count in ordered)


def json_object(
    result: Tally, types: TypeMap, digest: str, worse: Sequence[Regression]
) -> dict[str, Any]:
    """All of it; only `speed` differs from run to run."""
    total = overall(result)
    return {
        "version": 1,
        "data": {"digest": digest, "texts": result.texts, "refused": result.refused},
        "overall": _quality(total),
        "clean": {
            "texts": result.clean,
            "findings": result.clean_findings,
            "per_1000": per_thousand(result),
        },
        "types": {
            name: {"labels": list(quality.labels), **_quality(quality)}
            for name, quality in by_type(result, types).items()
        },
        "labels": {name: asdict(count) for name, count in sorted(result.labels.items())},
        "unmapped": dict(sorted(result.unmapped.items())),
        "regressions": [asdict(each) for each in worse],
        "speed": {"microseconds_per_kb": speed(result)},
    }


def _quality(quality: Quality) -> dict[str, Any]:
    return {
        **asdict(quality.count),
        "judged": quality.judged,
        "right": quality.right,
        "recall": quality.recall,
        "precision": quality.precision,
        "f1": quality.f1,
        "leaked_share": quality.leaked,
    }
