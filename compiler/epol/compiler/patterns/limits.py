"""How long, how deep and how large a pattern may be.

`MAX_REPEAT` is the exact matcher's: RE2 refuses repeats whose numbers, those of nested
repeats multiplied, come to more (`kMaxRepeat` and `RepetitionWalker` in its parse.cc).
"""

from __future__ import annotations

from epol.compiler.patterns.errors import invalid, unsupported
from epol.compiler.patterns.tree import Alternation, Chars, Group, Node, Repeat, Sequence

MAX_PATTERN = 4096
MAX_DEPTH = 50
MAX_REPEAT = 1000
MAX_SIZE = 20_000
"""Characters and classes of a pattern whose repeats are written out."""


def check_size(node: Node) -> None:
    """PatternError if a pattern repeats too often or is too large."""
    if _size(node, 1) > MAX_SIZE:
        message = f"written out, its repeats come to more than {MAX_SIZE:,} characters"
        raise invalid(message, node.start, node.end, "use smaller bounds, or several patterns")


def _size(node: Node, outer: int) -> int:
    """Characters and classes, repeats written out; `outer` is how often the node is."""
    match node:
        case Chars():
            return 1
        case Sequence(items=parts) | Alternation(options=parts):
            return 1 + sum(_size(part, outer) for part in parts)
        case Group(item=item):
            return _size(item, outer)
        case Repeat(item=item, low=low, high=high):
            times = max(low if high is None else high, 1)
            if outer * times > MAX_REPEAT:
                construct = f"more than {MAX_REPEAT:,} repeats, nested ones multiplied"
                cure = "use `{n,}` or a smaller bound"
                raise unsupported(construct, item.end, node.end, cure)
            return times * _size(item, outer * times)
        case _:
            return 1
