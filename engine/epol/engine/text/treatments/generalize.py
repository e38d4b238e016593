"""`generalize`: something coarser in place of the value, or what `redact` would write."""

from __future__ import annotations

from epol.engine.text.treatments import redact
from epol.engine.text.treatments.coarsen import coarsen
from epol.engine.text.treatments.keys import Keys
from epol.engine.text.treatments.regions import Region


def replacement(value: str, region: Region, keys: Keys) -> str:
    """The value made coarser; redacted where nothing says how, or it does not parse."""
    method = region.detail.method
    coarser = None if method is None else coarsen(value, method)
    return redact.replacement(value, region, keys) if coarser is None else coarser
