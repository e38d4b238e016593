"""`tokenize`: a token in place of the value, which the session turns back in the answer."""

from __future__ import annotations

from epol.engine.text.treatments.keys import Keys
from epol.engine.text.treatments.regions import Region


def replacement(value: str, region: Region, keys: Keys) -> str:
    """The session's token for the value under the region's name."""
    return keys.tokens.token(region.label, value, keys.taken)
