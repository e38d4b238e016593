"""Gates for a text all of whose ASCII digits are written 0.

Hyperscan searches for literal characters at hardly any cost, and for sets of ten characters
with automata that are busy wherever there are digits.  In such a text `[0-9]{3}-[0-9]{4}` is
the literal `000-0000`.  A gate is turned into its image: what matched a place of the text
matches the same place of the other one.  So nothing is lost; digits that a pattern asks for
(`4[0-9]{15}`) are told apart only by its exact form.
"""

from __future__ import annotations

from dataclasses import replace

from epol.compiler.patterns.charset import CharSet, characters
from epol.compiler.patterns.needs import is_of_digits
from epol.compiler.patterns.ranges import Ranges, points, without
from epol.compiler.patterns.tree import Alternation, Chars, Group, Node, Repeat, Sequence
from epol.compiler.patterns.write import for_hyperscan

_ZERO: Ranges = ((0x30, 0x30),)
_OTHERS: Ranges = ((0x31, 0x39),)


def gate_in_zeros(gate: Node, needs: str | None) -> str | None:
    """A gate for Hyperscan in a text of zeros; None where its trigger is not one of digits."""
    return for_hyperscan(image(gate)) if needs is not None and is_of_digits(needs) else None


def image(node: Node) -> Node:
    """A pattern that matches [s, e) of the text in zeros wherever `node` matches [s, e)."""
    match node:
        case Chars(set=chars):
            return replace(node, set=_image(chars))
        case Group(item=item) | Repeat(item=item):
            return replace(node, item=image(item))
        case Sequence(items=items):
            return replace(node, items=tuple(map(image, items)))
        case Alternation(options=options):
            return replace(node, options=tuple(map(image, options)))
        case _:
            # Digits are parts of words whichever they are, and no ends of lines.
            return node


def _image(chars: CharSet) -> CharSet:
    """A set that has 0 if it had some digit; of others, only those that were in it."""
    if not chars.by_number:
        has_digits = any(map(chars.has, points(_OTHERS)))
        return chars.union(characters(_ZERO)) if has_digits and not chars.has(0x30) else chars
    others = without(chars.chosen, _OTHERS)
    return characters((*others, *_ZERO) if others != chars.chosen else others)
