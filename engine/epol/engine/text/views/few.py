"""Texts of which folding changes only a few characters, each by itself: dashes, quotation marks.

Most texts beyond ASCII are such.  Their folded form is the only view that they have, and
differs so little that there is no need to search all of it again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from epol.engine.text.views._arrays import becomes, first_bytes
from epol.engine.text.views.composed import composed_edits
from epol.engine.text.views.maps import Edit, rewrite
from epol.engine.text.views.spelled import spelled_edits
from epol.engine.text.views.view import View

MOST, ONE_IN = 64, 256
"""So many characters beyond ASCII, and one more in so many bytes, are dealt with one by one."""

_HALF = re.compile("[\ud800-\udfff]")

Span = tuple[int, int]
_Cut = tuple[int, int, Edit]


@dataclass(frozen=True, slots=True)
class Few:
    """A text in UTF-8 with its few changes made; `places` are where they stand in it, in bytes."""

    data: bytes
    places: list[Span]
    edits: list[Edit]

    def view(self, text: str) -> View:
        """The view, of the text that it was made from."""
        return View(text).derived("folded", *rewrite(text, self.edits))


def few_folded(text: str, data: bytes) -> Few | None:
    """A text folded, if it has no other view but this one; None where that is not known.

    `data` is the text in UTF-8.  Only folding is looked at: triggers must not occur in it.
    """
    if b"?" in data and _HALF.search(text):
        # A surrogate, which UTF-8 does not have, is among the question marks.
        return None
    starts = first_bytes(data)
    if len(starts) > MOST + len(data) // ONE_IN:
        return None
    cuts, beyond, shift = list[_Cut](), list[str](), 0
    for start in starts:
        at, length = start - shift, _length(data[start])
        char = text[at]
        shift += length - 1
        made, depends = becomes(char)
        if depends:
            return None
        beyond.append(char)
        if made != char:
            cuts.append((start, start + length, Edit(at, at + 1, made)))
    rest = "".join(beyond).encode()
    if composed_edits(text, rest) or spelled_edits(text, rest):
        return None
    return _made(data, cuts)


def _length(first: int) -> int:
    """The bytes of a character, by its first one (RFC 3629, section 3)."""
    return 2 if first < 0xE0 else 3 if first < 0xF0 else 4


def _made(data: bytes, cuts: list[_Cut]) -> Few:
    parts, places = list[bytes](), list[Span]()
    end = shift = 0
    for low, high, edit in cuts:
        made = edit.text.encode()
        parts += data[end:low], made
        places.append((low + shift, low + shift + len(made)))
        shift += len(made) - (high - low)
        end = high
    parts.append(data[end:])
    return Few(b"".join(parts), places, [edit for _, _, edit in cuts])
