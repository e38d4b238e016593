"""Text that no one sees and a model may read: spelled in tag characters, or in bytes that
variation selectors stand for.

Folding deletes such characters, for a few of them among others are a disguise; here a row of
them is taken for text.
"""

from __future__ import annotations

import re

from epol.engine.text.views.maps import SAME, Edit, Units
from epol.engine.text.views.plain import plain

_TAGS = re.compile("[\U000e0020-\U000e007e]{4,}")
_ASCII = {0xE0000 + code: code for code in range(0x20, 0x7F)}
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{6,}")
_BYTES = {0xFE00 + byte: byte for byte in range(16)} | {
    0xE0100 + byte: byte + 16 for byte in range(240)
}
_PLANE_14 = b"\xf3\xa0"
"""How all tags, and all but sixteen of the selectors, begin in UTF-8."""


def spelled_edits(text: str, beyond: bytes) -> list[Edit]:
    """The texts that are spelled so, in order; `beyond` is its UTF-8 without ASCII."""
    if _PLANE_14 not in beyond:
        return []
    edits = [
        Edit(*match.span(), match[0].translate(_ASCII), SAME) for match in _TAGS.finditer(text)
    ]
    for match in _SELECTORS.finditer(text):
        found = plain(match[0].translate(_BYTES).encode("latin-1"))
        if found is not None:
            start = match.start()
            units = Units(offsets=found.offsets)
            edits.append(Edit(start + found.start, start + found.end, found.text, units))
    return sorted(edits)
