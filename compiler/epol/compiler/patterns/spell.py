"""A set of characters as text that Hyperscan and RE2 read alike.

RE2 has no name for unassigned characters (Cn), and neither has set subtraction.  So a set
that has all but a few of them is written as the complement of its opposite, and one from
whose categories characters are taken with these categories written out.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from epol.compiler.patterns.charset import ANY, CharSet
from epol.compiler.patterns.properties import (
    CATEGORIES,
    GROUPS,
    UNASSIGNED,
    among,
    members,
    occurring,
)
from epol.compiler.patterns.ranges import EVERY, Ranges, joined, without

_LAST = 0x10FFFF
_ITSELF = frozenset(" \"'!%&~=<>/#_@,:;`")
_ITSELF_ALONE = _ITSELF | {"-"}
_ASCII_PRINTABLE = range(0x20, 0x7F)


@lru_cache(maxsize=4096)
def spelt(chars: CharSet) -> str:
    """The set as one item of a pattern."""
    if chars == ANY:
        return "(?s:.)"
    if chars.by_number:
        return _numbered(chars.chosen)
    if chars.scripts:
        return _with_scripts(chars)
    if UNASSIGNED in chars.categories:
        return _by_opposite(chars)
    taken = occurring(chars.removed) & chars.categories
    more = without(members(taken), chars.decided)
    return _bracketed(joined([*chars.chosen, *more]), chars.categories - taken)


def _numbered(ranges: Ranges) -> str:
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return _escaped(ranges[0][0], _ITSELF_ALONE)
    if ranges and ranges[-1][1] == _LAST:
        return _bracketed(without(EVERY, ranges), frozenset(), "^")
    return _bracketed(ranges, frozenset())


def _with_scripts(chars: CharSet) -> str:
    """Scripts beside other things; unassigned characters, which a negated set has not, apart."""
    names = (chars.categories - {UNASSIGNED}) | chars.scripts
    known = _bracketed(chars.chosen, names, "^" if chars.negated else "")
    if UNASSIGNED not in chars.categories:
        return known
    return f"(?:{known}|{_bracketed((), CATEGORIES - {UNASSIGNED}, '^')})"


def _by_opposite(chars: CharSet) -> str:
    """All but the other categories and what is removed, and what else is chosen."""
    most = _bracketed(chars.removed, CATEGORIES - chars.categories, "^")
    extra = without(chars.chosen, among(chars.chosen, chars.categories))
    return f"(?:{most}|{_numbered(extra)})" if extra else most


def _bracketed(ranges: Ranges, names: frozenset[str], sign: str = "") -> str:
    spans = "".join(_span(low, high) for low, high in ranges)
    properties = "".join(f"\\p{{{name}}}" for name in _grouped(names))
    return f"[{sign}{spans}{properties}]"


def _grouped(names: Iterable[str]) -> list[str]:
    """Property names in order, whole groups by their letter.  What `C` is, nobody agrees on."""
    left = set(names)
    result: list[str] = []
    for letter, group in GROUPS.items():
        if letter != "C" and group <= left:
            left -= group
            result.append(letter)
    return sorted([*result, *left])


def _span(low: int, high: int) -> str:
    first, last = _escaped(low, _ITSELF), _escaped(high, _ITSELF)
    if low == high:
        return first
    return first + last if high == low + 1 else f"{first}-{last}"


def _escaped(point: int, plain: frozenset[str]) -> str:
    char = chr(point)
    if point not in _ASCII_PRINTABLE:
        return f"\\x{{{point:x}}}"
    return char if char.isalnum() or char in plain else f"\\{char}"
