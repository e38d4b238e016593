"""What every match of a pattern has in it: triggers.

Patterns that begin with nothing but digits or letters keep Hyperscan busy at each character
of a text.  They are searched for only where something occurs that all their matches have:
six digits close together, an `@`.  Whether a pattern has that in every match is decided
exactly, by running the trigger's automaton over all that the pattern can match.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache

from epol.compiler.patterns.charset import CharSet
from epol.compiler.patterns.heads import head_width
from epol.compiler.patterns.parse import parse
from epol.compiler.patterns.ranges import common, points
from epol.compiler.patterns.tree import Alternation, Chars, Group, Node, Repeat, Sequence
from epol.compiler.patterns.write import for_hyperscan

_ANY_HEAD = 1_000_000

_NUMBERS = "\n".join(
    (
        r"[0-9](?:[\x00-/:-\x7f]{0,4}[0-9]){5}",
        r"[A-Za-z\x{80}-\x{10ffff}][0-9]{3}",
        *(rf"[0-9]{mark}[0-9]{{1,3}}{mark}" for mark in (r"\. ?", "/", "-")),
        *(rf"{head}[1-9][ ()\--9]{{6}}" for head in ("00", "11[ -]")),
    )
)
"""Digits that are seldom a year, a price or a time of day: six of them, three behind a letter,
those of dates and of addresses of networks, and a prefix of calls abroad."""

TRIGGERS: tuple[tuple[str, int], ...] = (
    ("@", _ANY_HEAD),
    (r"[0-9](?:[^0-9]{0,2}[0-9]){7}", _ANY_HEAD),
    (r"[0-9](?:[^0-9]{0,2}[0-9]){5}", _ANY_HEAD),
    (r":[0-9A-Fa-f]{0,4}:", _ANY_HEAD),
    ("[0-9A-Za-z]{16}", 3),
    ("[0-9]{5}", 3),
    (_NUMBERS, 3),
    ("[A-Z][^0-9A-Za-z]?[0-9]|[0-9][^0-9A-Za-z]?[A-Z]", 3),
)
"""From the rarest in prose; one of several lines is any of them.  A pattern goes to the first that
it needs.  The common ones serve only patterns whose matches begin with fewer literal characters
than the number beside them: Hyperscan searches for the others by these characters, at hardly any
cost."""

_OF_DIGITS = (*(text for text, _ in TRIGGERS if text.startswith("[0-9]")), TRIGGERS[-1][0])
_ASCII_END = 0x80
_DONE = -1
_ALL_DONE = frozenset((_DONE,))

Step = tuple[CharSet, bool]
"""One character of a trigger, and whether it may be missing."""


def trigger_of(node: Node) -> str | None:
    """The first of `TRIGGERS`, for Hyperscan, that occurs in every match; None if none does."""
    head = head_width(node)
    chosen = (text for text, least in TRIGGERS if head < least)
    return next((found.gate for found in map(automaton, chosen) if found.is_in(node)), None)


def is_of_digits(trigger: str) -> bool:
    """Whether a trigger (as `trigger_of` gives it) asks for some digits, whichever they are."""
    return trigger in _gates_of_digits()


@lru_cache
def _gates_of_digits() -> frozenset[str]:
    return frozenset(automaton(text).gate for text in _OF_DIGITS)


@lru_cache
def automaton(text: str) -> Automaton:
    """The automaton of a trigger."""
    return Automaton([parse(line, "") for line in text.splitlines()])


class Automaton:
    """Whether a trigger has occurred, character by character.

    A state is a set of places in the trigger, as bits; `_DONE`, all bits, is the state in which it
    has occurred.  Characters count by their *atom*: which sets of the trigger they are in.
    """

    def __init__(self, nodes: list[Node]) -> None:
        self.gate = "\n".join(map(for_hyperscan, nodes))
        options = [option for node in nodes for option in _options(node)]
        # One behind the other: the end of each is a place of its own, which is final.
        self._steps: list[Step | None] = []
        self._start = 0
        for option in options:
            self._start |= 1 << len(self._steps)
            self._steps += [*_steps(option), None]
        self._start = self._spread(self._start)
        self._moves: dict[tuple[int, int], int] = {}
        self._atoms_of: dict[CharSet, tuple[int, ...]] = {}
        self._after_chars: dict[tuple[CharSet, frozenset[int]], frozenset[int]] = {}

    def is_in(self, node: Node) -> bool:
        """Whether each match of a pattern has a match of the trigger within itself."""
        return self._after(node, frozenset((self._start,))) == _ALL_DONE

    def _after(self, node: Node, states: frozenset[int]) -> frozenset[int]:
        """The states in which one may be behind a node; conditions on places ask nothing.

        Only the least: what leads to the end from some places does so from more of them.
        """
        if states == _ALL_DONE:
            return states
        match node:
            case Chars(set=chars):
                after = self._after_chars.get((chars, states))
                if after is None:
                    atoms = self._atoms(chars)
                    after = _least({self._move(state, atom) for state in states for atom in atoms})
                    self._after_chars[chars, states] = after
                return after
            case Group(item=item):
                return self._after(item, states)
            case Sequence(items=items):
                for item in items:
                    states = self._after(item, states)
                return states
            case Alternation(options=options):
                return _least(set[int]().union(*(self._after(each, states) for each in options)))
            case Repeat():
                return self._repeated(node, states)
            case _:
                return states

    def _repeated(self, node: Repeat, states: frozenset[int]) -> frozenset[int]:
        for _ in range(node.low):
            before, states = states, self._after(node.item, states)
            if states == before:
                break
        reached, times = states, node.low
        while node.high is None or times < node.high:
            states = self._after(node.item, states)
            both = _least({*reached, *states})
            if both == reached:
                break
            reached, times = both, times + 1
        return reached

    def _move(self, state: int, atom: int) -> int:
        if state == _DONE:
            return _DONE
        after = self._moves.get((state, atom))
        if after is None:
            after = self._moves[state, atom] = self._moved(state, atom)
        return after

    def _moved(self, state: int, atom: int) -> int:
        after = self._start
        for at, step in enumerate(self._steps):
            if step is not None and state >> at & 1 and self._members[atom] >> at & 1:
                after |= self._spread(1 << (at + 1))
        is_final = any(step is None and after >> at & 1 for at, step in enumerate(self._steps))
        return _DONE if is_final else after

    def _spread(self, places: int) -> int:
        """With the places that are reached without a character."""
        for at, step in enumerate(self._steps):
            if step is not None and step[1] and places >> at & 1:
                places |= 1 << (at + 1)
        return places

    @cached_property
    def _members(self) -> list[int]:
        """Of each atom, the places whose sets have its characters."""
        return list(dict.fromkeys(self._signature(point) for point in range(_ASCII_END + 1)))

    @cached_property
    def _atom_of_point(self) -> list[int]:
        return [self._members.index(self._signature(point)) for point in range(_ASCII_END + 1)]

    def _signature(self, point: int) -> int:
        """A trigger has all characters beyond ASCII in a set, or none."""
        return sum(
            (step is not None and step[0].has(point)) << at for at, step in enumerate(self._steps)
        )

    def _atoms(self, chars: CharSet) -> tuple[int, ...]:
        atoms = self._atoms_of.get(chars)
        if atoms is None:
            found = {self._atom_of_point[point] for point in _members(chars)}
            atoms = self._atoms_of[chars] = tuple(sorted(found))
        return atoms


def _least(states: set[int]) -> frozenset[int]:
    """Those states that have no other's places."""
    if len(states) > 1:
        states = {one for one in states if not any(o & one == o != one for o in states)}
    return frozenset(states)


@lru_cache(maxsize=8192)
def _members(chars: CharSet) -> tuple[int, ...]:
    """The members in ASCII, and `_ASCII_END` where there may be others."""
    if chars.by_number and not chars.negated:
        members = list(points(common(((0, _ASCII_END - 1),), chars.chosen)))
    else:
        members = [point for point in range(_ASCII_END) if chars.has(point)]
    return (*members, _ASCII_END) if chars.last >= _ASCII_END else tuple(members)


def _options(node: Node) -> tuple[Node, ...]:
    return node.options if isinstance(node, Alternation) else (node,)


def _steps(node: Node) -> Iterator[Step]:
    """The characters of a trigger, repeats written out."""
    match node:
        case Chars(set=chars):
            yield chars, False
        case Group(item=item):
            yield from _steps(item)
        case Sequence(items=items):
            for item in items:
                yield from _steps(item)
        case Repeat(item=item, low=low, high=high) if high is not None:
            for _ in range(low):
                yield from _steps(item)
            # Only single characters are optional, so that each may be missing by itself.
            for chars, _ in list(_steps(item)) * (high - low):
                yield chars, True
        case _:
            raise ValueError("a trigger is a row of characters, each with a bound")
