"""A tree as text, for Hyperscan and for RE2.

What is written means the same to both: classes are spelt out, ASCII stands for all other
characters, no flag is needed (Hyperscan: UTF-8), quantifiers are greedy (neither matcher
asks: one reports every end, the other the longest match).
"""

from __future__ import annotations

from dataclasses import dataclass

from epol.compiler.patterns.spell import spelt
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

VALUE = "(?P<value>"
"""How the one capturing group begins; other text never has it, `(` being escaped there."""

_NAME = "value"
_PLACES = {
    Place.TEXT_START: "\\A",
    Place.TEXT_END: "\\z",
    Place.LINE_START: "(?m:^)",
    Place.LINE_END: "(?m:$)",
    Place.BOUNDARY: "\\b",
    Place.NO_BOUNDARY: "\\B",
}


def for_hyperscan(node: Node) -> str:
    """The pattern for Hyperscan with HS_FLAG_UTF8; no group captures."""
    return _Writer(exact=False).text(node)


def for_exact(node: Node) -> str:
    """The pattern for RE2; only a group called `value` captures."""
    return _Writer(exact=True).text(node)


@dataclass(frozen=True)
class _Writer:
    exact: bool

    def text(self, node: Node) -> str:
        """A node as it stands alone."""
        match node:
            case Chars(set=chars):
                return spelt(chars)
            case Assertion(place=place):
                return _PLACES[place]
            case Group(item=item, name=name):
                captures = self.exact and name == _NAME
                return f"{VALUE}{self.text(item)})" if captures else self.text(item)
            case Sequence(items=items):
                return "".join(self.part(item) for item in items)
            case Alternation(options=options):
                return "|".join(self.text(option) for option in options)
            case _:
                return self.repeat(node)

    def part(self, node: Node) -> str:
        """A node as one of a sequence."""
        inner = _bare(node, exact=self.exact)
        text = self.text(inner)
        return f"(?:{text})" if isinstance(inner, Alternation) else text

    def repeat(self, node: Repeat) -> str:
        """A node with its quantifier; what takes no characters is there once or not at all."""
        if node.high == 0 or (width(node.item)[1] == 0 and node.low == 0):
            return ""
        if (node.low, node.high) == (1, 1) or width(node.item)[1] == 0:
            return self.part(node.item)
        inner = _bare(node.item, exact=self.exact)
        text = self.text(inner)
        single = isinstance(inner, (Chars, Group))
        return (text if single else f"(?:{text})") + _quantifier(node.low, node.high)


def _bare(node: Node, *, exact: bool) -> Node:
    """A node without parentheses that do nothing."""
    while isinstance(node, Group) and not (exact and node.name == _NAME):
        node = node.item
    return node


def _quantifier(low: int, high: int | None) -> str:
    match low, high:
        case 0, None:
            return "*"
        case 1, None:
            return "+"
        case 0, 1:
            return "?"
        case _, None:
            return f"{{{low},}}"
        case _:
            return f"{{{low}}}" if low == high else f"{{{low},{high}}}"
