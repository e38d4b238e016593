"""A tree as a program of few instructions, over classes of characters that it does not tell apart.

The construction is Thompson's (Regular Expression Search Algorithm, CACM 11, 1968).
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import NamedTuple

from epol.engine.kernel import automaton_words as words
from epol.engine.text.automata.syntax import (
    ALL,
    WORD,
    Alternation,
    Assertion,
    Chars,
    Node,
    Repeat,
    Sequence,
    UnreadError,
)

MOST_INSTRUCTIONS = 4096
MOST_CLASSES = 62


class Program(NamedTuple):
    """What an expression does, character by character."""

    instructions: array[int]
    """Three words each: what it is, and two of its own (see `automaton_words`)."""
    first: int
    classes: bytes
    """The class of each byte."""
    of_word: int
    """The classes whose characters are parts of words, a bit each."""


def assembled(tree: Node) -> Program:
    """The program of a tree.  Raises `UnreadError` for one that is too large."""
    partition = _partition(tree)
    maker = _Maker(partition, array("q"))
    first = maker.add(tree, maker.instruction(words.MATCH, 0, 0))
    classes = bytearray(256)
    for number, members in enumerate(partition):
        for code in range(128):
            if members >> code & 1:
                classes[code] = number
    return Program(maker.code, first, bytes(classes), _bits(partition, WORD))


def _partition(tree: Node) -> list[int]:
    """The coarsest sets of which all sets of a tree, and that of parts of words, are made."""
    sets, nodes = {WORD}, [tree]
    while nodes:
        match nodes.pop():
            case Chars(members=members):
                sets.add(members)
            case Sequence(items=items):
                nodes += items
            case Alternation(options=options):
                nodes += options
            case Repeat(item=item):
                nodes.append(item)
            case Assertion():
                pass
    classes = [ALL]
    for each in sets:
        classes = [part for one in classes for part in (one & each, one & ~each) if part]
    if len(classes) > MOST_CLASSES:
        raise UnreadError("too many classes of characters")
    return classes


def _bits(partition: list[int], members: int) -> int:
    return sum(1 << number for number, each in enumerate(partition) if each & members)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Instructions are made from the last one to the first: each is told what follows it."""

    partition: list[int]
    code: array[int]

    def instruction(self, kind: int, one: int, other: int) -> int:
        self.code.extend((kind, one, other))
        if len(self.code) > 3 * MOST_INSTRUCTIONS:
            raise UnreadError("too many instructions")
        return len(self.code) // 3 - 1

    def add(self, node: Node, behind: int) -> int:
        """The first instruction of a node that another one follows."""
        match node:
            case Chars(members=members):
                return self.instruction(words.CHARS, behind, _bits(self.partition, members))
            case Assertion(allowed=allowed):
                return self.instruction(words.PLACE, behind, allowed)
            case Sequence(items=items):
                for item in reversed(items):
                    behind = self.add(item, behind)
                return behind
            case Alternation(options=options):
                first, *rest = (self.add(option, behind) for option in options)
                for each in rest:
                    first = self.instruction(words.EITHER, first, each)
                return first
            case Repeat():
                return self._repeated(node, behind)

    def _repeated(self, node: Repeat, behind: int) -> int:
        first = behind
        if node.high is None:
            first = self.instruction(words.EITHER, behind, behind)
            self.code[3 * first + 1] = self.add(node.item, first)
        for _ in range(0 if node.high is None else node.high - node.low):
            first = self.instruction(words.EITHER, self.add(node.item, first), behind)
        for _ in range(node.low):
            first = self.add(node.item, first)
        return first
