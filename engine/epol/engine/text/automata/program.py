"""A tree as a program of few instructions, over classes of characters that it does not tell apart.

The construction is Thompson's (Regular Expression Search Algorithm, CACM 11, 1968).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from array import array
from collections.abc import Iterable
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
    partition = partitioned(sets_of(tree))
    if len(partition) > MOST_CLASSES:
        raise UnreadError("too many classes of characters")
    maker = _ByClass(partition)
    first = maker.add(tree, maker.instruction(words.MATCH, 0, 0))
    classes = bytearray(256)
    for number, members in enumerate(partition):
        for code in range(128):
            if members >> code & 1:
                classes[code] = number
    return Program(maker.code, first, bytes(classes), _bits(partition, WORD))


def _bits(partition: list[int], members: int) -> int:
    return sum(1 << number for number, each in enumerate(partition) if each & members)


class Thompson(ABC):
    """Instructions are made from the last one to the first: each is told what follows it."""

    def __init__(self, width: int, most: int) -> None:
        """Of so many words each, and so many instructions at most."""
        self.code = array("q")
        self._width, self._most = width, width * most

    @abstractmethod
    def chars(self, behind: int, members: int) -> int:
        """Add the instruction for one character of a set."""

    def instruction(self, kind: int, one: int, *others: int) -> int:
        """Add one, and say its number.  Raises `UnreadError` for one too many."""
        self.code.extend((kind, one, *others, *((0,) * (self._width - 2 - len(others)))))
        if len(self.code) > self._most:
            raise UnreadError("too many instructions")
        return len(self.code) // self._width - 1

    def add(self, node: Node, behind: int) -> int:
        """The first instruction of a node that another one follows."""
        match node:
            case Chars(members=members):
                return self.chars(behind, members)
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
            self.code[self._width * first + 1] = self.add(node.item, first)
        for _ in range(0 if node.high is None else node.high - node.low):
            first = self.instruction(words.EITHER, self.add(node.item, first), behind)
        for _ in range(node.low):
            first = self.add(node.item, first)
        return first


class _ByClass(Thompson):
    """With sets as the classes of a partition that they are made of."""

    def __init__(self, partition: list[int]) -> None:
        super().__init__(words.NARROW, MOST_INSTRUCTIONS)
        self._partition = partition

    def chars(self, behind: int, members: int) -> int:
        return self.instruction(words.CHARS, behind, _bits(self._partition, members))


def sets_of(tree: Node) -> set[int]:
    """All sets of characters that a tree asks for, and that of parts of words."""
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
    return sets


def partitioned(sets: Iterable[int]) -> list[int]:
    """The coarsest sets of characters of which all of some sets are made."""
    classes = [ALL]
    for each in sets:
        classes = [part for one in classes for part in (one & each, one & ~each) if part]
    return classes
