"""A pattern, ready for the two matchers."""

from __future__ import annotations

from collections.abc import Sequence as Listed
from dataclasses import dataclass

from epol.compiler.patterns.folding import character
from epol.compiler.patterns.parse import parse
from epol.compiler.patterns.relax import relax
from epol.compiler.patterns.tree import Alternation, Chars, Node, Sequence
from epol.compiler.patterns.width import byte_width, width
from epol.compiler.patterns.write import VALUE, for_exact, for_hyperscan


@dataclass(frozen=True)
class Regex:
    """One pattern in canonical form.

    Wherever `exact` (RE2's syntax) matches `[s, e)`, `gate` (Hyperscan's) ends a match
    somewhere in `(s, e]`.  Widths count code points, `max_bytes` bytes of UTF-8; None means
    that there is no bound.  Neither matcher needs a flag, but for UTF-8 in Hyperscan.
    """

    gate: str
    exact: str
    min_width: int
    max_width: int | None
    max_bytes: int | None
    has_value: bool
    node: Node
    relaxed: Node
    """What `gate` says."""


def compile_pattern(regex: str, flags: str = "") -> Regex:
    """Read a pattern with flags out of `ismu`; PatternError if it cannot be used.

    A pattern that matches nothing at all has a `min_width` of 0; it is for the caller to
    refuse it, for it would match everywhere.
    """
    return from_node(parse(regex, flags))


def from_node(node: Node) -> Regex:
    """Both forms of a tree, and its widths."""
    low, high = width(node)
    exact = for_exact(node)
    relaxed = relax(node)
    gate = for_hyperscan(relaxed)
    return Regex(gate, exact, low, high, byte_width(node), VALUE in exact, node, relaxed)


def literal(word: str, nocase: bool = False) -> Node:
    """The tree of a word or phrase as it stands."""
    sets = (character(ord(char), nocase=nocase) for char in word)
    return Sequence(0, 0, tuple(Chars(0, 0, chars) for chars in sets))


def alternation(nodes: Listed[Node]) -> Node:
    """One of several trees."""
    return nodes[0] if len(nodes) == 1 else Alternation(0, 0, tuple(nodes))
