"""A regular expression that discards secrets, as a stopword.

A detector has no patterns for what it does not find, but stopwords, which are caseless.  So an
expression can be kept if it is a word, and its case does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator

from epol.compiler.importing.dialect import translate
from epol.compiler.patterns import PatternError
from epol.compiler.patterns.parse import parse
from epol.compiler.patterns.tree import Chars, Group, Node, Sequence


def as_stopword(regex: str) -> str | None:
    """The word that a regex is, if it is one and its case does not matter."""
    try:
        node = parse(translate(regex))
    except PatternError:
        return None
    letters = [_caseless(each) for each in _flat(node)]
    return "".join(filter(None, letters)) if letters and all(letters) else None


def _flat(node: Node) -> Iterator[Node]:
    match node:
        case Sequence(items=parts):
            for part in parts:
                yield from _flat(part)
        case Group(item=item):
            yield from _flat(item)
        case _:
            yield node


def _caseless(node: Node) -> str | None:
    """The character that a node is, in all its cases."""
    if not isinstance(node, Chars) or not node.set.by_number:
        return None
    points = [point for low, high in node.set.chosen for point in {low, high}]
    many = any(high - low > 1 for low, high in node.set.chosen)
    if many or len(points) > 2:
        return None
    cases = {chr(point) for point in points}
    char = min(cases).lower()
    return char if cases == {char, char.upper()} else None
