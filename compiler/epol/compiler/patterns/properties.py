"""Unicode's general categories and scripts, as far as both matchers know them."""

from __future__ import annotations

import sys
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from functools import cache

from epol.compiler.patterns.ranges import Ranges, common, joined, points, size

GROUPS: Mapping[str, frozenset[str]] = {
    letter: frozenset(letter + small for small in smalls)
    for letter, smalls in {
        "L": "ultmo",
        "M": "nce",
        "N": "dlo",
        "P": "cdseifo",
        "S": "mcko",
        "Z": "slp",
        "C": "cfon",
    }.items()
}
"""The categories of each group.  Surrogates (Cs) are left out: no text has any."""

CATEGORIES = frozenset[str]().union(*GROUPS.values())
UNASSIGNED = "Cn"

NAMED: Mapping[str, frozenset[str]] = {
    **GROUPS,
    **{name: frozenset((name,)) for name in CATEGORIES},
    "Any": CATEGORIES,
    "L&": frozenset(("Lu", "Ll", "Lt")),
    "Xan": GROUPS["L"] | GROUPS["N"],
}
r"""What `\p{…}` may name, but for scripts."""

SCRIPTS = frozenset(
    """
    Arabic Armenian Avestan Balinese Bamum Batak Bengali Bopomofo Brahmi Braille Buginese
    Buhid Canadian_Aboriginal Carian Cham Cherokee Common Coptic Cuneiform Cypriot
    Cyrillic Deseret Devanagari Egyptian_Hieroglyphs Ethiopic Georgian Glagolitic Gothic
    Greek Gujarati Gurmukhi Han Hangul Hanunoo Hebrew Hiragana Imperial_Aramaic Inherited
    Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kayah_Li
    Kharoshthi Khmer Lao Latin Lepcha Limbu Linear_B Lisu Lycian Lydian Malayalam Mandaic
    Meetei_Mayek Mongolian Myanmar New_Tai_Lue Nko Ogham Ol_Chiki Old_Italic Old_Persian
    Old_South_Arabian Old_Turkic Oriya Osmanya Phags_Pa Phoenician Rejang Runic Samaritan
    Saurashtra Shavian Sinhala Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le
    Tai_Tham Tai_Viet Tamil Telugu Thaana Thai Tibetan Tifinagh Ugaritic Vai Yi
    """.split()
)
"""Scripts that both matchers know under one name."""

FEW = 4096
"""So many characters are asked for one by one; for more, the whole table is made."""


@cache
def table() -> Mapping[str, Ranges]:
    """The code points of every category, as Python's Unicode has them."""
    found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    start, category = 0, unicodedata.category(chr(0))
    for point in range(1, sys.maxunicode + 2):
        now = unicodedata.category(chr(point)) if point <= sys.maxunicode else ""
        if now != category:
            found[category].append((start, point - 1))
            start, category = point, now
    return {name: tuple(pairs) for name, pairs in found.items()}


def members(categories: frozenset[str]) -> Ranges:
    """The code points of some categories."""
    return joined(pair for name in categories for pair in table().get(name, ()))


def among(ranges: Ranges, categories: frozenset[str]) -> Ranges:
    """Those of the ranges that are in one of the categories."""
    if not categories or not ranges:
        return ()
    if size(ranges) > FEW:
        return common(ranges, members(categories))
    return joined(
        (point, point) for point in points(ranges) if unicodedata.category(chr(point)) in categories
    )


def occurring(ranges: Ranges) -> frozenset[str]:
    """The categories that the ranges' code points have."""
    if size(ranges) > FEW:
        return frozenset(name for name, pairs in table().items() if common(ranges, pairs))
    return frozenset(unicodedata.category(chr(point)) for point in points(ranges))
