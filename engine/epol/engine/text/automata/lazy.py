"""Which of many expressions a text in ASCII matches, by one automaton that is made as texts come.

It is for expressions whose matches begin with digits or signs, as numbers do: where there are none,
it rests.  For these a pattern database takes several times as long.
"""

from __future__ import annotations

import re
import threading
from array import array
from collections.abc import Iterable
from collections.abc import Sequence as Many
from typing import NamedTuple

from epol.engine.kernel import lazy_words as words
from epol.engine.kernel.automaton_words import CHARS, EDGE, MATCH, OF_WORD, OTHER
from epol.engine.kernel.load import Automata, loaded_automata
from epol.engine.text.automata.memory import address, zeros
from epol.engine.text.automata.program import MOST_INSTRUCTIONS, Thompson, partitioned
from epol.engine.text.automata.syntax import (
    AT_BEGIN,
    WORD,
    Alternation,
    Assertion,
    Chars,
    Node,
    Repeat,
    Sequence,
    UnreadError,
    parsed,
)

MOST_TOGETHER = 1 << 17
"""Instructions of all expressions."""

MOST_STATES, MOST_ITEMS = 6000, 1 << 20
"""Of one automaton: they take up to 2 and 4 MB.  Where there is no more room, it begins anew."""

AT_ONCE = 4
"""So many expressions are read each time, until all are: to read 300 takes 50 milliseconds, which
is too long for one text."""

STEPS, BYTES_A_STEP = 32, 32
"""So many steps are made for one text, and one more for so many bytes of it.  One takes one to two
microseconds, so a text that is made to need many is left to the database soon."""

LONGEST_PAUSE = 255
"""Texts.  After each that is given up twice as many are left to the database as after the last one:
tables of numbers, which all differ, would be read in vain."""

_LINE, _AT_LINE = "(?m:^)", r"(?:\A|\x{a})"
"""What asks for the beginning of a line may as well begin with the end of the one before: where it
ends is the same."""

_HALF = (1 << 64) - 1
_FRAME = bytes(8 * (words.HITS + 2 * words.MOST_HITS))

Hits = list[tuple[int, int]]
"""Numbers of expressions, and the first byte offset at which each ends."""


def begins_with_a_sign(expression: str) -> bool:
    """Whether an expression for a text in zeros is one for a `Lazy`, as far as its beginning says.

    That is, whether its matches begin with a digit, a sign or the text, one character before that
    aside.  Others would be found as well, but at a greater cost.
    """
    return _SIGN.match(expression) is not None


_SIGN = re.compile(
    r"""\\A\[ | (?:\(\?:\\A\|\[\^[^\]]+\]\))? (?:\\b)?
    (?: 0 | \\[+(] | \(\?: (?:\\b)? 0 [^()|]* (?: \| (?:\\b)? 0 [^()|]* )* \) )""",
    re.VERBOSE,
)


class _Made(NamedTuple):
    """Memory, the address of its first part, and the machine code for it."""

    memory: list[array[int]]
    address: int
    library: Automata


class Lazy:
    """Safe to share between threads: what is made is made under the interpreter's lock."""

    def __init__(self, expressions: Many[str], *, in_zeros: bool = False) -> None:
        """Nothing is made yet.  With `in_zeros`, digits of a text count as 0."""
        self._expressions, self._in_zeros = expressions, in_zeros
        self._program: _Program | None = _Program() if expressions else None
        self._made: _Made | None = None
        self._reading = threading.Lock()
        # How many texts are left to others after one that was given up, and how many still are.
        self._pause = self._left = 0

    def scan(self, data: bytes) -> Hits | None:
        """The expressions that a text which `may_be_walked` matches.

        None where something else has to say it: as long as not all are read, in processes without
        automata, and for a text that asks for too much that is not made yet.
        """
        made = self._made
        if made is None:
            self._read()
            return None
        if self._left > 0:
            self._left -= 1
            return None
        size = len(data)
        frame = array("q", _FRAME)
        frame[words.MADE], frame[words.SIZE] = made.address, size
        frame[words.STEPS] = STEPS + size // BYTES_A_STEP
        if made.library.scan(data, frame.buffer_info()[0]) != words.DONE:
            if frame[words.STEPS] and frame[words.HIT_COUNT] < words.MOST_HITS:
                # There is no more room.
                self._begin(made.library)
            self._left = self._pause = min(2 * self._pause + 1, LONGEST_PAUSE)
            return None
        self._pause = 0
        hits = iter(frame[words.HITS : words.HITS + 2 * frame[words.HIT_COUNT]])
        return list(zip(hits, hits, strict=True))

    def _read(self) -> None:
        """Read some more expressions; one thread at a time."""
        library, program = loaded_automata(), self._program
        if library is None or program is None or not self._reading.acquire(blocking=False):
            return
        try:
            if not program.read(self._expressions):
                self._begin(library)
        except (UnreadError, RecursionError):
            self._program = None
        finally:
            self._reading.release()

    def _begin(self, library: Automata) -> None:
        if self._program is not None:
            self._made = self._program.made(library, in_zeros=self._in_zeros)


class _Program(Thompson):
    """The program of expressions as they are read, with sets as two words of bits."""

    def __init__(self) -> None:
        super().__init__(words.WIDE, MOST_TOGETHER)
        self._starts = array("q")
        self._sets, self._interesting = {WORD}, 0

    def chars(self, behind: int, members: int) -> int:
        self._sets.add(members)
        return self.instruction(CHARS, behind, _signed(members & _HALF), _signed(members >> 64))

    def read(self, expressions: Many[str]) -> bool:
        """Read the next ones; whether there are more.  Raises `UnreadError`."""
        done = len(self._starts)
        for number, text in enumerate(expressions[done : done + AT_ONCE], done):
            tree, before = parsed(text.replace(_LINE, _AT_LINE)), len(self.code)
            first, is_empty = _first(_behind_one(tree))
            if is_empty:
                raise UnreadError("a match may be one character of any kind")
            self._interesting |= first
            start = self.add(tree, self.instruction(MATCH, number))
            self._starts.append(start)
            if len(self.code) - before > words.WIDE * MOST_INSTRUCTIONS:
                raise UnreadError("too many instructions")
        return len(self._starts) < len(expressions)

    def made(self, library: Automata, *, in_zeros: bool) -> _Made:
        """An automaton of which nothing is made yet."""
        classes = partitioned({*self._sets, self._interesting})
        width, count, many = len(classes) + 1, len(self.code) // words.WIDE, len(self._starts)
        parts = [self.code, self._starts, *self._of_classes(classes, in_zeros=in_zeros)]
        rows = zeros("i", words.ROW * (MOST_STATES + 1))
        for kind in (EDGE, OTHER, OF_WORD):
            rows[words.ROW * (words.EMPTY + kind) + 2] = kind
        unknown = array("i", (words.UNKNOWN,)) * (width * (MOST_STATES + 1))
        parts += [unknown, rows, zeros("i", MOST_ITEMS), zeros("i", words.SLOT_COUNT)]
        parts += [zeros("i", 6 * width), zeros("q", words.work_size(count, many))]
        parts.append(zeros("q", many))
        code, starts, *others = map(address, parts)
        head = array("q", (code, count, starts, many, *others[:3], width, *others[3:]))
        head.extend((MOST_STATES, MOST_ITEMS, words.EMPTY + OF_WORD, 0, 0, 0))
        return _Made([head, *parts], address(head), library)

    def _of_classes(self, classes: list[int], *, in_zeros: bool) -> list[array[int]]:
        """The class of each byte, and of each class its kind and a byte."""
        of_byte, kinds, byte = zeros("B", 128), array("B"), array("B")
        for number, members in enumerate(classes):
            codes = [code for code in range(128) if members >> code & 1]
            for code in codes:
                is_interesting = self._interesting >> code & 1
                of_byte[code] = number | words.INTERESTING * is_interesting
            kinds.append(OF_WORD if members & WORD else OTHER)
            byte.append(codes[0])
        kinds.append(EDGE)
        byte.append(words.NO_BYTE)
        if in_zeros:
            for code in b"123456789":
                of_byte[code] = of_byte[ord("0")]
        return [of_byte, kinds, byte]


def _behind_one(tree: Node) -> Node:
    """A tree without the one character before a value, or the beginning of a text."""
    match tree:
        case Sequence(items=(Alternation(options=(Assertion(), Chars())), *rest)):
            return Sequence(tuple(rest))
        case _:
            return tree


def _first(tree: Node) -> tuple[int, bool]:
    """The characters with which matches begin, but those of a whole text; and whether there may be
    none."""
    match tree:
        case Chars(members=members):
            return members, False
        case Assertion():
            return 0, True
        case Sequence(items=items):
            return (0, False) if items and items[0] == AT_BEGIN else _first_of(items)
        case Alternation(options=options):
            firsts, together = [_first(option) for option in options], 0
            for first, _ in firsts:
                together |= first
            return together, any(is_empty for _, is_empty in firsts)
        case Repeat(item=item, low=low):
            first, is_empty = _first(item)
            return first, is_empty or not low


def _first_of(items: Iterable[Node]) -> tuple[int, bool]:
    together = 0
    for item in items:
        first, is_empty = _first(item)
        together |= first
        if not is_empty:
            return together, False
    return together, True


def _signed(word: int) -> int:
    return word - (1 << 64) if word >> 63 else word
