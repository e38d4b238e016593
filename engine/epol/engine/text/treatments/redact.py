"""`redact`: a fixed text, which says nothing of the value."""

from __future__ import annotations

from epol.engine.text.treatments.keys import Keys
from epol.engine.text.treatments.regions import Region


def replacement(_value: str, region: Region, _keys: Keys) -> str:
    """The text that was asked for, else the label's name in brackets."""
    asked = region.detail.replacement
    return f"[{region.label}]" if asked is None else asked
