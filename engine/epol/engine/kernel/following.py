"""Where instructions lead without a character, for both kinds of automata.

As in `kernel`, nothing is allocated and nothing is checked here.
"""

from __future__ import annotations

# pyright: basic
from epol.engine.kernel import automaton_words as at
from epol.engine.kernel.kernel import Words, in_machine_code


@in_machine_code
def follow(
    code: Words,
    wide: int,
    work: Words,
    stack: int,
    stamp: int,
    first: int,
    out: int,
    size: int,
    beside: int,
) -> int:
    """Add to a list at `out` what an instruction leads to without a character; the list's size.

    Instructions have `wide` words.  `beside` is the bit of what stands before and behind.  Where it
    is 0, places are added, too.  `work` begins with a mark for each instruction.
    """
    work[stack], height = first, 1
    while height:
        height -= 1
        one = work[stack + height]
        if work[one] == stamp:
            continue
        work[one] = stamp
        place = wide * one
        kind = code[place]
        if kind == at.EITHER:
            work[stack + height], work[stack + height + 1] = code[place + 2], code[place + 1]
            height += 2
        elif kind == at.PLACE and beside:
            if code[place + 2] & beside:
                work[stack + height] = code[place + 1]
                height += 1
        else:
            work[out + size] = one
            size += 1
    return size
