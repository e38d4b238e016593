"""Which releases of LiteLLM epol works in."""

from __future__ import annotations

import re

from epol.gateway.settings import SettingsError

COMPROMISED = ("1.82.7", "1.82.8", "1.107.0")
_TRIED = re.compile(r"1\.106\.([2-9]|[1-9]\d+)")


def check_release(release: str) -> None:
    """Raise `SettingsError` for a release whose hooks nobody has tried, or that does harm."""
    if release in COMPROMISED:
        raise SettingsError(f"litellm {release} was compromised: remove it, and change all keys")
    if _TRIED.fullmatch(release) is None:
        raise SettingsError(
            f"litellm {release} was not tried with epol, and might go on without asking it"
        )
