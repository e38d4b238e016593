"""Texts that one pattern matches whole, and another one matches in part.

Both trees are made automata that run side by side; a breadth-first walk of their product
finds a shortest text.  What an assertion asks of its place is left out, and only characters
that a person can read are tried, so that a text is a proposal: the scanner confirms it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from random import Random

from epol.compiler.patterns.charset import CharSet
from epol.compiler.patterns.tree import (
    Alternation,
    Assertion,
    Chars,
    Group,
    Node,
    Repeat,
    Sequence,
)

MOST_STATES = 3_000
"""States of one automaton; a pattern that needs more is not looked at."""
MOST_PAIRS = 150_000
"""Pairs of states that one walk looks at, each once."""
_TEXTS_OF_A_WAY = 5
_READABLE = "".join(map(chr, range(0x20, 0x7F))) + "\n"


class TooLargeError(Exception):
    """A pattern's automaton is larger than `MOST_STATES`."""


class Automaton:
    """A nondeterministic automaton: from each state free steps, and steps by a character."""

    def __init__(self, node: Node) -> None:
        self.free: list[list[int]] = []
        self.steps: list[list[tuple[frozenset[str], int]]] = []
        self.start = self._state()
        self.end = self._add(node, self.start)

    def _state(self) -> int:
        if len(self.free) >= MOST_STATES:
            raise TooLargeError
        self.free.append([])
        self.steps.append([])
        return len(self.free) - 1

    def _add(self, node: Node, start: int) -> int:
        """Add what a tree matches from a state on; the state in which it ends."""
        match node:
            case Chars(set=chars):
                end = self._state()
                self.steps[start].append((_readable(chars), end))
                return end
            case Sequence(items=items):
                for item in items:
                    start = self._add(item, start)
                return start
            case Alternation(options=options):
                end = self._state()
                for option in options:
                    self.free[self._add(option, start)].append(end)
                return end
            case Repeat(item=item, low=low, high=high):
                return self._repeat(item, low, high, start)
            case Group(item=item):
                return self._add(item, start)
            case Assertion():
                return start

    def _repeat(self, item: Node, low: int, high: int | None, start: int) -> int:
        """A copy of the item for each time; after the least number, every copy may be the last.

        What may repeat without end goes round in one more copy.
        """
        end, at = self._state(), start
        for turn in range(low if high is None else high):
            if turn >= low:
                self.free[at].append(end)
            at = self._add(item, self._fresh(at))
        if high is None:
            at = self._fresh(at)
            self.free[self._add(item, self._fresh(at))].append(at)
        self.free[at].append(end)
        return end

    def _fresh(self, before: int) -> int:
        """A state of its own after another one, so that loops of options do not mix."""
        state = self._state()
        self.free[before].append(state)
        return state

    def shuffle(self, rng: Random) -> None:
        """Let a walk take another way of those that are as short."""
        for free, steps in zip(self.free, self.steps, strict=True):
            rng.shuffle(free)
            rng.shuffle(steps)


@lru_cache(maxsize=4096)
def _readable(chars: CharSet) -> frozenset[str]:
    """The members that a person can read; one other if there are none."""
    known = frozenset(char for char in _READABLE if chars.has(ord(char)))
    if known or not chars.chosen:
        return known
    return frozenset(chr(chars.chosen[0][0]))


def shared(whole: Node, part: Node, tries: int, rng: Random) -> Iterator[str]:
    """Texts that `whole` matches from end to end, and `part` somewhere inside.

    The first is a shortest one; the others vary its way and its characters.  None if there is
    none that can be seen so, or an automaton is too large.
    """
    try:
        one, other = Automaton(whole), Automaton(part)
    except TooLargeError:
        return
    path = _walk(one, other)
    if path is None:
        return
    yield "".join(min(choices, key=_plainness) for choices in path)
    for turn in range(1, tries):
        way, text = divmod(turn, _TEXTS_OF_A_WAY)
        if text == 0:
            one.shuffle(rng)
            path = _walk(one, other, _OUTSIDE[way % len(_OUTSIDE)]) or path
        yield "".join(rng.choice(sorted(choices)) for choices in path)


def _plainness(char: str) -> tuple[bool, bool, str]:
    return not char.isalnum(), not char.isdigit(), char


_Pair = tuple[int, int, int]
"""A state of each automaton, and whether the part has not begun (0), is there, or is over."""


_OUTSIDE = (frozenset((0, 2)), frozenset((0,)), frozenset((2,)))
"""Where characters may stand beside the part: on both sides, before it, behind it.

A shortest text would always have them behind; but a boundary may want the part at the end."""

_Came = dict[_Pair, tuple[_Pair, frozenset[str] | None] | None]
"""By pair: the one before it, and the characters between, None where there is none."""


def _walk(
    one: Automaton, other: Automaton, outside: frozenset[int] = _OUTSIDE[0]
) -> list[frozenset[str]] | None:
    """The characters to choose from, place by place, of a shortest text in both."""
    front: list[_Pair] = [(one.start, other.start, 0)]
    came: _Came = dict.fromkeys(front)
    while front:
        for pair in front:  # grows while it is read
            if pair[0] == one.end and pair[2] == 2:
                return _traced(came, pair)
            new = dict.fromkeys(after for after in _free(one, other, pair) if after not in came)
            came.update(dict.fromkeys(new, (pair, None)))
            front += new
            if len(came) > MOST_PAIRS:
                return None
        front = _ahead(one, other, front, came, outside)
    return None


def _ahead(
    one: Automaton, other: Automaton, front: list[_Pair], came: _Came, outside: frozenset[int]
) -> list[_Pair]:
    """What one character more leads to; nothing if that is too much."""
    ahead: list[_Pair] = []
    for pair in front:
        for choices, after in _steps(one, other, pair, outside):
            if after not in came:
                came[after] = pair, choices
                ahead.append(after)
        if len(came) > MOST_PAIRS:
            return []
    return ahead


def _free(one: Automaton, other: Automaton, pair: _Pair) -> Iterator[_Pair]:
    """What free steps lead to; the part may begin and end anywhere."""
    state, its_state, phase = pair
    yield from ((after, its_state, phase) for after in one.free[state])
    if phase == 0:
        yield state, its_state, 1
    elif phase == 1:
        yield from ((state, after, phase) for after in other.free[its_state])
        if its_state == other.end:
            yield state, its_state, 2


def _steps(
    one: Automaton, other: Automaton, pair: _Pair, outside: frozenset[int]
) -> Iterator[tuple[frozenset[str], _Pair]]:
    state, its_state, phase = pair
    for chars, after in one.steps[state]:
        if phase != 1:
            if phase in outside:
                yield chars, (after, its_state, phase)
            continue
        for its_chars, its_after in other.steps[its_state]:
            if chars & its_chars:
                yield chars & its_chars, (after, its_after, 1)


def _traced(came: _Came, pair: _Pair) -> list[frozenset[str]]:
    path: list[frozenset[str]] = []
    while (step := came[pair]) is not None:
        pair, choices = step
        if choices is not None:
            path.append(choices)
    return path[::-1]


def value_in(node: Node) -> tuple[Node, Node, Node] | None:
    """What stands before the group `value`, the group itself, and what stands behind it.

    None if there is no such group, or it is one of several ways.
    """
    match node:
        case Group(name="value", item=item):
            return Sequence(0, 0, ()), item, Sequence(0, 0, ())
        case Group(item=item):
            return value_in(item)
        case Sequence(items=items):
            for index, item in enumerate(items):
                inner = value_in(item)
                if inner is not None:
                    before = Sequence(0, 0, (*items[:index], inner[0]))
                    return before, inner[1], Sequence(0, 0, (inner[2], *items[index + 1 :]))
            return None
        case _:
            return None


def shortest(node: Node) -> str | None:
    """A shortest text that a pattern matches, of characters that a person can read."""
    return next(shared(node, Sequence(0, 0, ()), 1, Random(0)), None)  # noqa: S311 (of one text nothing varies)
