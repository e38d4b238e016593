"""How often a pattern would match in ordinary prose, roughly.

Characters are taken as independent, but for runs: what one character of a class is
followed by is often of the class.  Only ratios and orders of magnitude of the result are
meant; it decides how far a pattern may be relaxed, and nothing else.
"""

from __future__ import annotations

from functools import lru_cache

from epol.compiler.patterns.charset import CharSet
from epol.compiler.patterns.ranges import Ranges, joined, meets, size
from epol.compiler.patterns.tree import (
    Alternation,
    Chars,
    Group,
    Node,
    Place,
    Repeat,
    Sequence,
)

_PER_THOUSAND = {
    " ": 145, "\n": 20, "e": 90, "t": 66, "a": 60, "o": 56, "i": 56, "n": 54, "s": 50, "r": 50,
    "h": 32, "l": 32, "d": 30, "c": 26, "u": 22, "m": 20, "f": 16, "p": 18, "g": 15, "w": 12,
    "y": 13, "b": 11, "v": 8, "k": 5, "x": 2, "j": 1, "q": 1, "z": 1, ".": 11, ",": 9, "-": 6,
}  # fmt: skip
"""Characters of English prose."""

_CAPITAL = 1.2
_DIGIT = 1.0
_OTHER = 0.5
_BEYOND_ASCII = 5.0
"""Per thousand: each capital, each digit, each other ASCII character, all others together."""

_ASCII_END = 0x80
_BOUNDARY = 0.35
_ANCHOR = 0.02
_RUN = 0.4
_SAME = 0.1
_MOST_RUN = 100.0
"""The chance that a class, or one character, is followed by itself; the longest run counted."""

_CLUSTER = 0.15
"""The chance of a class behind another that has characters of it: digits stand by digits."""

_CASES = 2


def rate(node: Node) -> float:
    """Expected matches at one place of a text, at most 1."""
    return min(1.0, _rate(node, ()))


def _rate(node: Node, seen: Ranges) -> float:
    """The same behind characters of the classes `seen`, which come in clusters."""
    match node:
        case Chars(set=chars):
            clustered = not _single(chars) and meets(chars.chosen, seen)
            return max(frequency(chars), _CLUSTER if clustered else 0.0)
        case Group(item=item):
            return _rate(item, seen)
        case Sequence(items=items):
            result = 1.0
            for item in items:
                result *= _rate(item, seen)
                classes = _classes(item)
                seen = joined([*seen, *classes]) if classes else seen
            return result
        case Alternation(options=options):
            return min(1.0, sum(_rate(option, seen) for option in options))
        case Repeat():
            return _repeated(node, seen)
        case _:
            return _BOUNDARY if node.place in (Place.BOUNDARY, Place.NO_BOUNDARY) else _ANCHOR


def _repeated(node: Repeat, seen: Ranges) -> float:
    """All lengths together: each is as likely as the one before, times the chance to go on."""
    first = min(1.0, _rate(node.item, seen))
    further = _further(node.item, first)
    times = _MOST_RUN if node.high is None else node.high - node.low + 1
    lengths = min(times, 1 / (1 - further), _MOST_RUN)
    if node.low == 0:
        return 1 + first * (lengths - 1)
    return float(first * further ** (node.low - 1) * lengths)


def _further(item: Node, first: float) -> float:
    """The chance that another one follows."""
    while isinstance(item, Group):
        item = item.item
    single = not isinstance(item, Chars) or _single(item.set)
    return min(0.99, max(first, _SAME if single else _RUN))


@lru_cache(maxsize=4096)
def _single(chars: CharSet) -> bool:
    """The set is one character, or one letter in both cases."""
    return chars.by_number and size(chars.chosen) <= _CASES


def _classes(node: Node) -> Ranges:
    """The characters of all classes in a node."""
    match node:
        case Chars(set=chars):
            return () if _single(chars) else chars.chosen
        case Group(item=item) | Repeat(item=item):
            return _classes(item)
        case Sequence(items=parts) | Alternation(options=parts):
            return joined(pair for part in parts for pair in _classes(part))
        case _:
            return ()


@lru_cache(maxsize=4096)
def frequency(chars: CharSet) -> float:
    """The share of a text's characters that are in the set."""
    total = sum(_share(point) for point in range(_ASCII_END) if chars.has(point))
    return (total + _BEYOND_ASCII * (chars.last >= _ASCII_END)) / 1000


def _share(point: int) -> float:
    char = chr(point)
    if char in _PER_THOUSAND:
        return _PER_THOUSAND[char]
    if char.isalpha():
        return _CAPITAL
    return _DIGIT if char.isdigit() else _OTHER if char.isprintable() else 0.0
