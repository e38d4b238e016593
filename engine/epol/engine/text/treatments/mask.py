"""`mask`: every character covered, but for a few at the end where that was asked."""

from __future__ import annotations

from epol.engine.text.treatments.keys import Keys
from epol.engine.text.treatments.regions import Region

COVER = "*"
_KEPT_SHARE = 3  # of so many characters at most one is kept (language.md §5)


def replacement(value: str, region: Region, _keys: Keys) -> str:
    """As many covers as characters; the last min(N, ⌊length / 3⌋) characters may stay."""
    covered = len(value) - min(region.detail.keep_last, len(value) // _KEPT_SHARE)
    return COVER * covered + value[covered:]
