r"""The gate: a pattern that is cheap to scan for and has a match in every match of another.

Hyperscan is asked only whether a text may have a match at all, and RE2 then where.  So the
gate need not know where a match begins, nor how far it goes on: of `\b[a-z]{1,64}@[a-z]+`,
`[a-z]@[a-z]` is enough.  Too little must not remain, though: each time the gate is
wrong RE2 searches the text in vain, so it may not match much more often than the pattern.
"""

from __future__ import annotations

from collections.abc import Iterator

from epol.compiler.patterns.rate import rate
from epol.compiler.patterns.tree import Node
from epol.compiler.patterns.trim import trimmed, unbound, widened
from epol.compiler.patterns.width import width

_SELDOM = 1e-7
_MORE_OFTEN = 2.0
"""A gate may match by chance so often at each place, or so many times as often as the pattern.

Searching 1 KB in vain costs some microseconds, and a relaxed gate saves about 0.2 of one."""


def relax(node: Node) -> Node:
    """A pattern such that within each match [s, e) of `node` it has one, [s', g).

    In numbers: s <= s' < g <= e.  What matches the empty string stays as it is.
    """
    if width(node)[0] == 0:
        return node
    most = max(_SELDOM, _MORE_OFTEN * rate(node))
    return next((kept for kept in _candidates(node) if rate(kept) <= most), widened(node))


def _candidates(node: Node) -> Iterator[Node]:
    """The node relaxed in every way, from the most."""
    tail = trimmed(node, head=False) or node
    head = trimmed(node, head=True) or node
    both = trimmed(tail, head=True) or tail
    for shape in (unbound(both), both, tail, head):
        yield widened(shape)
