"""How many literal characters all matches of a pattern begin with.

A pattern with a few of them costs Hyperscan next to nothing: it looks for all literals of
all patterns at once.  It is a matter of speed alone.
"""

from __future__ import annotations

from epol.compiler.patterns.ranges import size
from epol.compiler.patterns.tree import Alternation, Chars, Group, Node, Repeat, Sequence

_CASES = 4
"""A character has at most so many forms in capital and small letters."""


def head_width(node: Node) -> int:
    """The least number of literal characters, in any case, that a match begins with."""
    return _head(node)[0]


def _head(node: Node) -> tuple[int, bool]:
    """That number, and whether there is nothing behind them."""
    match node:
        case Chars(set=chars):
            is_literal = chars.by_number and size(chars.chosen) <= _CASES
            return int(is_literal), is_literal
        case Group(item=item):
            return _head(item)
        case Sequence(items=items):
            return _row(items)
        case Alternation(options=options):
            heads = [_head(option) for option in options]
            return min(wide for wide, _ in heads), all(whole for _, whole in heads)
        case Repeat(item=item, low=low, high=high):
            wide, whole = _head(item)
            return wide * (low if whole else min(low, 1)), whole and low == high
        case _:
            return 0, True


def _row(items: tuple[Node, ...]) -> tuple[int, bool]:
    total = 0
    for item in items:
        wide, whole = _head(item)
        total += wide
        if not whole:
            return total, False
    return total, True
