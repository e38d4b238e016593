"""The words in memory that `lazy` reads and writes, by their place."""

from __future__ import annotations

WIDE = 4
"""The words of an instruction: those for `automaton`, but the characters of `CHARS` are the bits of
two words, and the second word of `MATCH` is the number of its expression."""

(
    CODE, COUNT, STARTS, START_COUNT, CLASSES, KINDS, BYTES, WIDTH,
    TABLE, ROWS, ITEMS, SLOTS, BEGINS, WORK, SEEN, MOST_STATES, MOST_ITEMS,
    STATES, ITEM_COUNT, STAMP, SCANS,
) = range(21)  # fmt: skip
"""Many expressions as one automaton.  Their program, how many instructions it has, and where they
begin, and how many they are.  Of each byte its class, and whether a match may go on with it from
its first or second byte on (`CLASS_BITS`); of each class the kind of its characters (`EDGE` for the
last one, which stands for the end of a text) and one of them; and how many classes there are.  Then
what is made while texts are read: what follows each state by class; what a state is; the items of
all; slots by which states are found; where the items are with which expressions begin; memory to
work in; in which scan an expression was seen last.  At last bounds, and counts so far."""

CLASS_BITS, INTERESTING = 127, 128
"""Of a byte: its class, and whether it is such that no state can rest there."""

NO_BYTE = 128
"""In place of a byte, for the class of the end of a text."""

ROW = 4
"""The words of a state: where its items begin and end, the kind of the character before it, and how
many of the items, the first ones, stand for expressions that end before that character."""

UNKNOWN = 1
"""Of a state and a class: what follows is not known yet.  Else it is where the row of the following
state begins, times 4, with `ENDED` and `RESTING`."""

ENDED, RESTING = 1, 2
"""Expressions end before the character; nothing goes on that began before it."""

EMPTY = 1
"""The first of three states of which nothing is known but the kind of the character before."""

SLOT_COUNT = 1 << 14
"""More than twice as many as there may be states, and a power of two."""

MADE, SIZE, STEPS, HIT_COUNT, HITS = range(5)
"""The frame of a scan: the address of what is above, the size of the text, how much may be made
anew; how many expressions match, and of each its number and the first
byte at which it ends."""

MOST_HITS = 64
"""What has more is left to others."""

DONE, GAVE_UP = range(2)
"""What `scan` says."""


def work_size(instructions: int, expressions: int) -> int:
    """The words of memory to work in, all 0 at first: a mark for each instruction and expression, a
    stack, and two lists."""
    marks = instructions + expressions
    return 3 * marks + 2 * instructions + 2
