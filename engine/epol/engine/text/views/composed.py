"""Letters with combining marks as one character each, as most people and all word lists write
them (NFC, UAX #15)."""

from __future__ import annotations

import re
from unicodedata import is_normalized, normalize

from epol.engine.text.views.maps import Edit

_MARKED = re.compile("[^\u0000-\u0020][\u0300-\u036f\u064b-\u065f\u093c\u3099\u309a]{1,8}")


def _may_compose(data: bytes) -> bool:
    """Whether UTF-8 has the first bytes of a mark that composes: plain searches take no time."""
    return (
        b"\xcc" in data
        or b"\xcd" in data
        or b"\xd9" in data
        or b"\xe0\xa4\xbc" in data
        or b"\xe3\x82\x99" in data
        or b"\xe3\x82\x9a" in data
    )


def composed_edits(text: str, beyond: bytes) -> list[Edit]:
    """The letters that have a composed form, in order; none in a text that is NFC already.

    `beyond` is what the text has beyond ASCII, in UTF-8.
    """
    if not _may_compose(beyond):
        return []
    if is_normalized("NFC", text):
        return []
    found = ((match, normalize("NFC", match[0])) for match in _MARKED.finditer(text))
    return [Edit(*match.span(), made) for match, made in found if made != match[0]]
