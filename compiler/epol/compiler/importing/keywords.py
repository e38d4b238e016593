"""Whether every match of a pattern has a keyword in it.

Gitleaks runs a rule only on a file that has one of the rule's keywords, caseless.  Where no match
is without one, that condition says nothing.  It is decided on the tree: which of the states of an
automaton that looks for the keywords can a match end in, without having found one?  Assertions
are taken to hold anywhere, so that a yes is always right.
"""

from __future__ import annotations

from collections.abc import Iterable

from epol.compiler.patterns.charset import CharSet
from epol.compiler.patterns.tree import Alternation, Chars, Group, Node, Repeat, Sequence

_OTHER = "\0"
"""Stands for every character that is in no keyword."""

States = frozenset[str]


def always_inside(node: Node, keywords: Iterable[str]) -> bool:
    """Every text that the tree matches contains one of the keywords, whatever the case."""
    words = frozenset(word.lower() for word in keywords)
    return "" in words or not _Search(words).after(node, frozenset(("",)))


class _Search:
    """An automaton that looks for words; a state is how much of some word has just been read."""

    def __init__(self, words: frozenset[str]) -> None:
        self._words = words
        self._starts = {word[:n] for word in words for n in range(len(word))}
        self._letters = frozenset("".join(words))
        self._next: dict[tuple[str, str], str | None] = {}

    def after(self, node: Node, states: States) -> States:
        """The states after a node, of those texts in which no word was found."""
        match node:
            case Chars(set=chars):
                moved = {self._step(s, c) for c in self._symbols(chars) for s in states}
                return frozenset(state for state in moved if state is not None)
            case Group(item=item):
                return self.after(item, states)
            case Sequence(items=parts):
                for part in parts:
                    states = self.after(part, states)
                return states
            case Alternation(options=options):
                return frozenset[str]().union(*(self.after(each, states) for each in options))
            case Repeat():
                return self._repeated(node, states)
            case _:
                return states

    def _repeated(self, node: Repeat, states: States) -> States:
        for _ in range(node.low):
            before, states = states, self.after(node.item, states)
            if states == before:
                break
        reached, new = states, states
        left = None if node.high is None else node.high - node.low
        while new and left != 0:
            new = self.after(node.item, new) - reached
            reached |= new
            left = None if left is None else left - 1
        return reached

    def _symbols(self, chars: CharSet) -> Iterable[str]:
        """What a set's characters are to the words: letters of theirs, and others."""
        inside = {c for c in self._letters if chars.has(ord(c)) or _has_capital(chars, c)}
        known = {ord(x) for c in self._letters for x in (c, c.upper()) if len(x) == 1}
        among = sum(chars.has(point) for point in known)
        all_known = chars.by_number and sum(b - a + 1 for a, b in chars.chosen) <= among
        return inside if all_known else inside | {_OTHER}

    def _step(self, state: str, symbol: str) -> str | None:
        """The next state; None where a word is complete."""
        key = (state, symbol)
        if key not in self._next:
            self._next[key] = self._longest(state + symbol)
        return self._next[key]

    def _longest(self, text: str) -> str | None:
        if any(text.endswith(word) for word in self._words):
            return None
        ends = (text[start:] for start in range(len(text) + 1))
        return next(end for end in ends if end in self._starts)


def _has_capital(chars: CharSet, char: str) -> bool:
    capital = char.upper()
    return len(capital) == 1 and chars.has(ord(capital))
