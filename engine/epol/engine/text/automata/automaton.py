"""An expression as a deterministic automaton, with what may stand beside its matches."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

from epol.engine.kernel import automaton_words as words
from epol.engine.kernel.load import Automata, Search
from epol.engine.text.automata.memory import address, zeros
from epol.engine.text.automata.program import Program, assembled
from epol.engine.text.automata.syntax import UnreadError, parsed
from epol.engine.text.words import is_word

MOST_STATES = 2048
"""Of an automaton; what has more is left to RE2.  With 62 classes they take 250 KB."""


@dataclass(frozen=True)
class Asked:
    """What is asked of a match beside its expression.

    ASCII characters that may not stand before and behind it; that it does not begin or end inside
    a word; the sum of check digits of its value, which is all of it but so many characters; and a
    byte that each match has in it, or 0.
    """

    before: frozenset[str] = frozenset()
    behind: frozenset[str] = frozenset()
    is_bounded: bool = False
    sum_of: int = words.NO_SUM
    skipped: int = 0
    needs: int = 0


class Automaton:
    """Tables of an automaton, which never change, and their address."""

    __slots__ = ("_memory", "address", "search", "search_all", "search_long", "states")

    def __init__(self, library: Automata, memory: list[array[int]], states: int) -> None:
        self._memory = memory
        self.states = states
        self.address = address(memory[-1])
        self.search: Search = library.search
        self.search_long: Search = library.search_long
        self.search_all: Search = library.search_all


def automaton(library: Automata, expression: str, asked: Asked) -> Automaton | None:
    """That of an expression.

    None for one that is read by RE2 alone, that would have too many states, or that
    matches nothing at some place.
    """
    try:
        program = assembled(parsed(expression))
    except UnreadError:
        return None
    return _made(library, program, asked)


def _made(library: Automata, program: Program, asked: Asked) -> Automaton | None:
    count, width = len(program.instructions) // 3, max(program.classes) + 1
    table, ends = zeros("H", MOST_STATES * width), zeros("B", MOST_STATES)
    work = zeros("q", words.work_size(count, MOST_STATES))
    frame = zeros("q", words.INITIAL + 3)
    frame[: words.INITIAL] = array(
        "q",
        (
            *(address(program.instructions), count, program.first, width, program.of_word),
            *(address(table), address(ends), address(work), MOST_STATES),
        ),
    )
    states = library.determinize(address(frame))
    initial = frame[words.INITIAL :]
    if not states or any(ends[state] for state in initial):
        return None
    rows = [table[at : at + width] for at in range(0, states * width, width)]
    rarest, rare = _rarest(program.classes, rows, ends, set(initial))
    memory = [
        array("B", program.classes),
        array("B", _sides(asked)),
        array("B", _firsts(program.classes, [rows[state] for state in initial], asked, rare)),
        array("B", _befores(asked)),
        table[: states * width],
        ends[:states],
    ]
    beside = int(asked.is_bounded), rarest, asked.skipped, asked.sum_of, asked.needs
    header = (*map(address, memory), width, *beside, *initial)
    return Automaton(library, [*memory, array("q", header)], states)


def _rarest(
    classes: bytes, rows: list[array[int]], ends: array[int], states: set[int]
) -> tuple[int, set[int]]:
    """The place within matches at which bytes are the rarest, and the classes of bytes there.

    It is one of the first few, and before any match ends.
    """
    weights = [0] * (max(classes) + 1)
    for code in range(128):
        weights[classes[code]] += _often(chr(code))
    best, place, chosen = sum(weights) + 1, 0, set[int]()
    for at in range(_FIRST_FEW):
        there = {each for each in range(len(weights)) if any(rows[state][each] for state in states)}
        weight = sum(weights[each] for each in there)
        if weight < best:
            best, place, chosen = weight, at, there
        states = {following for state in states for following in rows[state] if following}
        if len(states) > _MANY_STATES or any(ends[state] for state in states):
            break
    return place, chosen


_FIRST_FEW, _MANY_STATES = 6, 64


def _often(character: str) -> int:
    """About how often a character occurs in prose, in thousandths."""
    return 180 if character == " " else 30 if character.islower() else 2


_BYTES = [chr(code) for code in range(256)]
_OF_WORD = [each.isascii() and is_word(each) for each in _BYTES]


def _sides(asked: Asked) -> Iterable[int]:
    for each, of_word in zip(_BYTES, _OF_WORD, strict=True):
        yield words.NOT_BEFORE * (each in asked.behind) | words.WORD * of_word


def _firsts(
    classes: bytes, begins: list[array[int]], asked: Asked, rare: set[int]
) -> Iterable[int]:
    """`begins` has what follows, by class, where a match begins behind each kind."""
    edge, other, word = begins
    for each, of_word in zip(classes, _OF_WORD, strict=True):
        yield (
            words.AT_EDGE * bool(edge[each])
            | words.BEHIND_OTHER * bool(other[each])
            | words.BEHIND_WORD * bool(word[each] and not (asked.is_bounded and of_word))
            | words.RARE * (each in rare)
        )


def _befores(asked: Asked) -> Iterable[int]:
    for each, of_word in zip(_BYTES, _OF_WORD, strict=True):
        yield 0 if each in asked.before else words.BEHIND_WORD if of_word else words.BEHIND_OTHER
