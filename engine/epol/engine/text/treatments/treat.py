"""A text with every region treated."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

from epol.engine.bundle.treatment import Treatment
from epol.engine.text.treatments.drop import drops
from epol.engine.text.treatments.keys import Keys
from epol.engine.text.treatments.regions import Region

Replacement = Callable[[str, Region, Keys], str]


class Replaced(NamedTuple):
    """Characters `start` up to `end` of a treated text, written by a treatment."""

    start: int
    end: int
    treatment: Treatment


@dataclass(frozen=True, slots=True)
class Treated:
    """A treated text and what of it treatments wrote, left to right.

    What is found again inside those ranges (a label's name, say) is no finding.
    """

    text: str = field(repr=False)
    replaced: tuple[Replaced, ...] = ()


def _load(treatment: Treatment) -> Replacement:
    module = importlib.import_module(f"{__package__}.{treatment}")
    replacement: Replacement = module.replacement
    return replacement


_WRITTEN = (each for each in Treatment if each not in (Treatment.KEEP, Treatment.DROP))
REPLACEMENTS: Mapping[Treatment, Replacement] = {each: _load(each) for each in _WRITTEN}
"""What each treatment that writes something does, from the module of its name."""


def treat(text: str, parts: Iterable[Region], keys: Keys) -> Treated | None:
    """The text with every region treated; None where the whole segment is dropped.

    Raises ValueError for regions that overlap, do not lie in the text, or are kept.
    """
    ordered = sorted(parts, key=attrgetter("start", "end"))
    _check(ordered, len(text))
    if drops(ordered):
        return None
    if any(region.detail.treatment == Treatment.TOKENIZE for region in ordered):
        keys = keys.beside(text)
    return _write(text, ordered, keys)


def _check(ordered: list[Region], length: int) -> None:
    at = 0
    for region in ordered:
        if not at <= region.start <= region.end <= length:
            where = f"a region from {region.start} to {region.end}"
            raise ValueError(f"{where} overlaps another or leaves the text (length {length})")
        if region.detail.treatment == Treatment.KEEP:
            raise ValueError("what is kept is no region")
        at = region.end


def _write(text: str, ordered: list[Region], keys: Keys) -> Treated:
    pieces: list[str] = []
    replaced: list[Replaced] = []
    at = size = 0
    for region in ordered:
        treatment = region.detail.treatment
        value = text[region.start : region.end]
        new = REPLACEMENTS[treatment](value, region, keys)
        start = size + region.start - at
        size = start + len(new)
        pieces += (text[at : region.start], new)
        replaced.append(Replaced(start, size, treatment))
        at = region.end
    pieces.append(text[at:])
    return Treated("".join(pieces), tuple(replaced))
