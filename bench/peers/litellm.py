"""LiteLLM: the prebuilt patterns of its content filter, under Python's `re` as there.

None of its code runs, only its `patterns.json` is read; hence the lock needs no
dependencies.  As in the filter, letters match in both cases, and a pattern with a keyword
is tried only where the keyword occurs.  What the filter does besides (distance to the
keyword, numbers in words, merging, masking) is left out, so the time is a lower bound.
"""

from __future__ import annotations

import json
import re
from importlib.metadata import distribution
from pathlib import Path

_PACKAGE = distribution("litellm")
_PATTERNS = "litellm/proxy/guardrails/guardrail_hooks/litellm_content_filter/patterns.json"

VERSION = _PACKAGE.version


def _compiled() -> list[tuple[re.Pattern[str], re.Pattern[str] | None]]:
    """Each pattern, with that of its keyword where it has one."""
    file = Path(str(_PACKAGE.locate_file(_PATTERNS)))
    entries: list[dict[str, str]] = json.loads(file.read_text(encoding="utf-8"))["patterns"]
    return [
        (
            re.compile(entry["pattern"], re.IGNORECASE),
            re.compile(entry["keyword_pattern"], re.IGNORECASE)
            if "keyword_pattern" in entry
            else None,
        )
        for entry in entries
    ]


_COMPILED = _compiled()


def scan(text: str) -> int:
    """How many matches a text has."""
    return sum(
        sum(1 for _ in pattern.finditer(text))
        for pattern, keyword in _COMPILED
        if keyword is None or keyword.search(text)
    )
