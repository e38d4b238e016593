"""Shorter forms of a pattern's ends, and wider ones of its middle."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from epol.compiler.patterns.charset import CharSet, characters
from epol.compiler.patterns.ranges import Ranges, common, points
from epol.compiler.patterns.tree import (
    Alternation,
    Assertion,
    Chars,
    Group,
    Node,
    Place,
    Repeat,
    Sequence,
)
from epol.compiler.patterns.width import width

_ONE_BYTE_SLACK = 32
_WIDE_SLACK = 8
"""A repeat with so many optional times is made unbounded: Hyperscan counts those of one byte,
and writes out all others, which makes them slow, or too large to compile."""

_MOST_COUNTED = 32
"""So many times at most are asked for of what Hyperscan writes out."""

_MOST_RANGES = 16
"""A set with more ranges beyond ASCII is taken to have all that is there."""

_LAST = 0x10FFFF
_ASCII: Ranges = ((0, 0x7F),)
_BEYOND_ASCII: Ranges = ((0x80, _LAST),)
_ANCHORS = frozenset((Place.TEXT_START, Place.TEXT_END, Place.LINE_START, Place.LINE_END))


def bare(node: Node) -> Node:
    """A node without its parentheses."""
    while isinstance(node, Group):
        node = node.item
    return node


def trimmed(node: Node, *, head: bool) -> Node | None:
    """A node of which every match of `node` has one as its last part (`head`) or first.

    None if nothing of it is needed: then it can match the empty string.
    """
    node = bare(node)
    match node:
        case Sequence(items=items):
            return _sequence(node, items if head else items[::-1], head=head)
        case Alternation(options=options):
            parts = [trimmed(option, head=head) for option in options]
            kept = tuple(part for part in parts if part is not None)
            return replace(node, options=kept) if len(kept) == len(parts) else None
        case Repeat(item=item, low=low):
            if low == 0 or width(item)[0] == 0:
                return None
            return trimmed(item, head=head) if low == 1 else replace(node, high=low)
        case _:
            return node


def _sequence(node: Sequence, items: tuple[Node, ...], *, head: bool) -> Node | None:
    """Items from the end that is trimmed on; conditions before a shortened one are left out."""
    conditions: list[Node] = []
    for i, item in enumerate(items):
        if isinstance(bare(item), Assertion):
            conditions.append(item)
            continue
        short = trimmed(item, head=head)
        if short is None:
            conditions = []
            continue
        kept = [*(conditions if short == bare(item) else ()), short, *items[i + 1 :]]
        return replace(node, items=tuple(kept if head else kept[::-1]))
    return None


def unbound(node: Node) -> Node:
    """A node without the word boundaries at its ends: a run of one class is found faster."""
    node = bare(node)
    if not isinstance(node, Sequence):
        return node
    first, last = 0, len(node.items)
    while first < last and _is_boundary(node.items[first]):
        first += 1
    while first < last and _is_boundary(node.items[last - 1]):
        last -= 1
    return replace(node, items=node.items[first:last])


def _is_boundary(node: Node) -> bool:
    node = bare(node)
    return isinstance(node, Assertion) and node.place not in _ANCHORS


def widened(node: Node, *, edge: bool = True) -> Node:
    """A node that matches all that `node` does, without large counts, large sets and groups.

    `edge` is False inside a pattern, where Hyperscan has no anchors: they are left out.
    """
    node = bare(node)
    match node:
        case Chars(set=chars):
            coarse = _coarse(chars)
            return node if coarse == chars else replace(node, set=coarse)
        case Sequence(items=items):
            last = len(items) - 1
            kept = [widened(item, edge=edge and i in (0, last)) for i, item in enumerate(items)]
            return replace(node, items=tuple(kept))
        case Alternation(options=options):
            return replace(node, options=tuple(widened(option, edge=edge) for option in options))
        case Repeat(item=item):
            return _uncounted(replace(node, item=widened(item, edge=False)))
        case Assertion(place=place) if place in _ANCHORS and not edge:
            return Sequence(node.start, node.end, ())
        case _:
            return node


def _uncounted(node: Repeat) -> Repeat:
    """A repeat without large counts."""
    slack = 0 if node.high is None else node.high - node.low
    if isinstance(node.item, Chars) and node.item.set.last in range(0x80):
        return replace(node, high=None) if slack >= _ONE_BYTE_SLACK else node
    if node.low > _MOST_COUNTED or slack >= _WIDE_SLACK:
        return replace(node, low=min(node.low, _MOST_COUNTED), high=None)
    return node


@lru_cache(maxsize=4096)
def _coarse(chars: CharSet) -> CharSet:
    r"""The set with all characters beyond ASCII, if it has many kinds of them.

    Hyperscan's automaton for `\p{L}` has thousands of bytes, and its Unicode is of 2012: it
    lacks letters that RE2 has.
    """
    beyond = common(chars.chosen, _BEYOND_ASCII)
    if chars.by_number and (len(beyond) <= _MOST_RANGES or chars.last == _LAST):
        return chars
    known = [(point, point) for point in points(_ASCII) if chars.has(point)]
    return characters([*known, *_BEYOND_ASCII])
