"""Metrics as text, in the format 0.0.4 of Prometheus.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

from epol.gateway.families import FAMILIES, HISTOGRAM, Family
from epol.gateway.metrics import Sheet

KIND = "text/plain; version=0.0.4; charset=utf-8"
"""The content type of the text."""

_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


def exposition(sheet: Sheet) -> bytes:
    """The text of some counts: each family with its help and type, and then its series."""
    series: dict[str, list[tuple[Sequence[str], Sequence[float]]]] = {}
    for (name, *labels), numbers in sorted(sheet.series):
        series.setdefault(name, []).append((labels, numbers))
    lines = (line for family in FAMILIES for line in _lines(family, series.get(family.name, [])))
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def _lines(
    family: Family, series: Sequence[tuple[Sequence[str], Sequence[float]]]
) -> Iterator[str]:
    yield f"# HELP {family.name} {family.help}"
    yield f"# TYPE {family.name} {family.kind}"
    for values, numbers in series:
        labels = [*zip(family.labels, values, strict=True)]
        if family.kind == HISTOGRAM:
            yield from _histogram(family, labels, numbers)
        else:
            yield _sample(family.name, labels, numbers[0])


def _histogram(
    family: Family, labels: list[tuple[str, str]], numbers: Sequence[float]
) -> Iterator[str]:
    """Its buckets hold what is at most their upper end, so each counts those below it too."""
    *counts, summed = numbers
    ends = [*map(_number, family.buckets), "+Inf"]
    for end, count in zip(ends, accumulate(counts), strict=True):
        yield _sample(f"{family.name}_bucket", [*labels, ("le", end)], count)
    yield _sample(f"{family.name}_sum", labels, summed)
    yield _sample(f"{family.name}_count", labels, sum(counts))


def _sample(name: str, labels: Sequence[tuple[str, str]], value: float) -> str:
    named = ",".join(f'{label}="{said.translate(_ESCAPES)}"' for label, said in labels)
    return f"{name}{{{named}}} {_number(value)}" if named else f"{name} {_number(value)}"


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
