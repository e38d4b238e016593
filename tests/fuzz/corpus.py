"""What the fuzz tests begin with, and how much they try."""

import os
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[2]
FUZZING = bool(os.environ.get("EPOL_FUZZ"))
TOTAL = int(os.environ.get("EPOL_FUZZ") or 2000)
MOST_CHARACTERS = 6_000


def share(of: int) -> settings:
    """So many hundredths of all examples."""
    return settings(
        settings.get_profile("epol"),
        max_examples=max(TOTAL * of // 100, 10),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@cache
def policies() -> tuple[str, ...]:
    """The real policies of this repository, those of a readable size."""
    folders = ("stdlib-policies", "conformance", "examples")
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.epol"))
    texts = [path.read_text(encoding="utf-8") for path in paths]
    return tuple(text for text in texts if len(text) <= MOST_CHARACTERS)
