"""`drop`: the whole segment stays behind."""

from __future__ import annotations

from collections.abc import Iterable

from epol.engine.bundle.treatment import Treatment
from epol.engine.text.treatments.regions import Region


def drops(parts: Iterable[Region]) -> bool:
    """Whether a segment with these regions does not leave at all."""
    return any(region.detail.treatment == Treatment.DROP for region in parts)
