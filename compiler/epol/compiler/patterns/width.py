"""How many characters, or bytes, a pattern can match."""

from __future__ import annotations

from collections.abc import Callable

from epol.compiler.patterns.tree import Alternation, Assertion, Chars, Group, Node, Sequence

Width = tuple[int, int | None]


def width(node: Node) -> Width:
    """Least and most code points of a match (None: no bound)."""
    return _width(node, lambda _: 1)


def byte_width(node: Node) -> int | None:
    """Most bytes of a match in UTF-8 (None: no bound)."""
    return _width(node, lambda chars: len(chr(chars.set.last).encode("utf-8", "surrogatepass")))[1]


def _width(node: Node, unit: Callable[[Chars], int]) -> Width:
    match node:
        case Chars():
            return unit(node), unit(node)
        case Assertion():
            return 0, 0
        case Group(item=item):
            return _width(item, unit)
        case Sequence(items=items):
            widths = [_width(item, unit) for item in items]
            return sum(low for low, _ in widths), _total([high for _, high in widths])
        case Alternation(options=options):
            widths = [_width(option, unit) for option in options]
            highs = [high for _, high in widths]
            bounded = [high for high in highs if high is not None]
            most = max(bounded) if len(bounded) == len(highs) else None
            return min(low for low, _ in widths), most
        case _:
            low, high = _width(node.item, unit)
            return node.low * low, _product(high, node.high)


def _total(highs: list[int | None]) -> int | None:
    total = 0
    for high in highs:
        if high is None:
            return None
        total += high
    return total


def _product(high: int | None, often: int | None) -> int | None:
    if high == 0 or often == 0:
        return 0
    return None if high is None or often is None else high * often
