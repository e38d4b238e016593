"""Letters with combining marks as one character each, as most people and all word lists write
them (NFC, UAX #15)."""

from __future__ import annotations

import re
from unicodedata import is_normalized, normalize

from epol.engine.text.views.maps import Edit

_MARKED = re.compile(
    "[^\u0000-\u0020][\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u093c\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f]{1,8}"
)


def composed_edits(text: str) -> list[Edit]:
    """The letters that have a composed form, in order; none in a text that is NFC already."""
    if is_normalized("NFC", text):
        return []
    found = ((match, normalize("NFC", match[0])) for match in _MARKED.finditer(text))
    return [Edit(*match.span(), made) for match, made in found if made != match[0]]
