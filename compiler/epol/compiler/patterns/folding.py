"""Which characters are the same but for case.

A to Z are the same as a to z and as nothing else: neither U+017F (long s) nor U+212A
(kelvin) is, so that a caseless ASCII pattern finds ASCII.  Other characters form families by
their single-character mappings to upper and lower case (The Unicode Standard, section 3.13,
simple case folding).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache, lru_cache

from epol.compiler.patterns.charset import CharSet, characters
from epol.compiler.patterns.ranges import Ranges, common, joined, points

_CASE = 32
_ASCII_END = 0x80
_CASED_END = 0x1F000
"""Past it, Unicode has no letters with case."""

_UPPER: Ranges = ((ord("A"), ord("Z")),)
_LOWER: Ranges = ((ord("a"), ord("z")),)


def _single(mapping: Callable[[str], str], point: int) -> int:
    """The mapping of a character where it is one non-ASCII character, else itself."""
    text = mapping(chr(point))
    return ord(text) if len(text) == 1 and ord(text) >= _ASCII_END else point


@cache
def _families() -> Mapping[int, tuple[int, ...]]:
    """For each cased character beyond ASCII, those that it equals, itself included."""
    by_key: defaultdict[int, list[int]] = defaultdict(list)
    for point in range(_ASCII_END, _CASED_END):
        by_key[_single(str.lower, _single(str.upper, point))].append(point)
    return {point: tuple(family) for family in by_key.values() if family[1:] for point in family}


@cache
def _cased() -> Ranges:
    """The characters that have a family."""
    return joined((point, point) for point in _families())


def folded(ranges: Ranges) -> Ranges:
    """The ranges with every character's other cases."""
    pairs = [
        *ranges,
        *((low + _CASE, high + _CASE) for low, high in common(ranges, _UPPER)),
        *((low - _CASE, high - _CASE) for low, high in common(ranges, _LOWER)),
    ]
    if ranges and ranges[-1][1] >= _ASCII_END:
        for point in points(common(ranges, _cased())):
            pairs += [(member, member) for member in _families()[point]]
    return joined(pairs)


@lru_cache(maxsize=4096)
def character(point: int, *, nocase: bool = False) -> CharSet:
    """The set of one character, in all its cases if case does not matter."""
    ranges = ((point, point),)
    return characters(folded(ranges) if nocase else ranges)
