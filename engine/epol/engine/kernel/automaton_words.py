"""The words in memory that `automaton` reads and writes, by their place."""

from __future__ import annotations

NARROW = 3
"""The words of an instruction."""

CHARS, PLACE, EITHER, MATCH = range(4)
"""Instructions: one character of some classes, which the third word has as bits,
and then another instruction, the second word; a place that the third word allows, likewise; two
ways to go on; the end."""

EDGE, OTHER, OF_WORD = range(3)
"""Kinds of characters beside a place: none, as it is an end of the text; none of a word; or one."""

(
    PROGRAM, INSTRUCTIONS, FIRST, CLASS_COUNT, WORD_CLASSES, TABLE, ACCEPTS, WORK, MOST_STATES,
    INITIAL,
) = range(10)  # fmt: skip
"""The frame of `determinize`: addresses and sizes; and from INITIAL on, what it writes: the states
in which a walk begins, by the kind of the character before it."""

SLOTS, MOST_ITEMS, MOST_STEPS = 4096, 1 << 16, 1 << 21
"""Slots by which states are found, a power of two and more than any automaton has states; items of
all states of an automaton; and how often it may be asked what an item leads to."""

AT, STOP, LAST, SIZE, AUTOMATON, REFUSED, START, END, IS_LONGEST = range(9)
"""The frame of `search`: where a match begins at the earliest, and before what; where it ends at
the latest; the size of the text; the automaton.  It adds to REFUSED how many matches stand where
none may or have a sum that does not hold, and writes the rest."""

COUNT, LISTED = IS_LONGEST + 1, IS_LONGEST + 2
"""The frame of `search_all` has these, too: how many searches there are, and from where on what is
asked of each stands; behind these is what they find.  It writes how many words that takes in place
of the first."""

ASKED, MOST_EACH = 2, 4
"""The words of what is asked: an automaton, and where a match begins at the earliest.  So many
matches are looked for of each at most."""

TOLD = 4
"""The words of what is found: by which search, where it begins and ends, and what `REFUSED` counted
since what that search found before.  Where a search has not come to its end, or refused something
behind its last match, there is one more with the place to go on in place of the first, and of the
second what `search` said, negative."""

(
    CLASSES, SIDES, FIRSTS, BEFORES, NEXT, ENDS, WIDTH, IS_BOUNDED, RAREST, SKIPPED, SUM, NEEDS,
    BEGINS,
) = range(13)  # fmt: skip
"""An automaton: addresses of tables; how many classes it has; whether no match may begin or end
inside a word, as then matches may overlap; the place within a match whose bytes are the rarest; how
many bytes stand before a value, but for a match at the edge of a text; the sum of its check digits;
a byte that each match has in it, or 0; and three states in which it begins."""

NO_SUM, LUHN, VERHOEFF, MODULO_97 = range(4)
"""Sums (see `sums`)."""

NOT_BEFORE, WORD = 1, 2
"""Of a byte as a side: no match ends before it; it is part of a word."""

AT_EDGE, BEHIND_OTHER, BEHIND_WORD, RARE = 1, 2, 4, 8
"""Of a byte as the first of a match: behind what one may begin with it; and whether it may stand at
the rarest place.  Of a byte before a match: the one of the first three that it is, if a match may
begin behind it."""

NOTHING, FOUND, GAVE_UP = range(3)
"""What `search` says.  Where it gives up, AT is where to go on."""

PATIENCE, MORE_PATIENCE = 3, 4096
"""So many bytes are read in vain for each byte of a text, and so many more, before it gives up."""


def work_size(instructions: int, states: int) -> int:
    """The words of memory in which `determinize` works, all 0 at first."""
    return 7 * instructions + 2 + 2 * states + 2 + SLOTS + MOST_ITEMS


def place(before: int, behind: int) -> int:
    """The bit of a place between two kinds of characters."""
    return 1 << (3 * before + behind)
