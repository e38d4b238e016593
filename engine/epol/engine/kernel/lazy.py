"""Many expressions as one deterministic automaton that is made while texts in ASCII are read.

A state is made when a text leads to it for the first time (K. Thompson, Regular Expression Search
Algorithm, CACM 11, 1968), so that of the many that there would be only those exist that occur.
In most of a text nothing goes on; there it looks for the next byte with which something may.

As in `kernel`, nothing is allocated and nothing is checked here: who calls gives enough memory,
and texts in ASCII (see `lazy_words`).
"""

from __future__ import annotations

# numba's own types are partial, and what it makes of a function has none.
# pyright: basic
from epol.engine.kernel import lazy_words as at
from epol.engine.kernel.automaton_words import EDGE, MATCH
from epol.engine.kernel.following import follow
from epol.engine.kernel.kernel import (
    Bytes,
    Words,
    as_a_part,
    bytes_at,
    in_machine_code,
    pointer,
    types,
    words_at,
)

_ints_at = pointer(types.CPointer(types.int32))

Ints = list[int]
"""A pointer to numbers of 32 bits."""


@in_machine_code
def _advance(
    code: Words, work: Words, count: int, stamp: int, given: int, size: int, out: int, byte: int
) -> int:
    """The items that a list leads to by a byte, and the expressions that end before it.

    Where the text ends, which has the kind of no byte, there are the latter alone.
    """
    stack, total = given - 2 * count - 2, 0
    for i in range(size):
        one = work[given + i]
        place = at.WIDE * one
        if code[place] == MATCH:
            ended = count + code[place + 1]
            if work[ended] != stamp:
                work[ended] = stamp
                work[out + total] = ended
                total += 1
        elif byte < at.NO_BYTE and code[place + 2 + (byte >> 6)] >> (byte & 63) & 1:
            total = follow(code, at.WIDE, work, stack, stamp, code[place + 1], out, total, 0)
    return total


@in_machine_code
def _begin(made: Words, before: int, each: int, slot: int) -> int:
    """Make the items with which expressions begin, by a class and the kind of what stands before
    it; whether there was room."""
    code, work, items = words_at(made[at.CODE]), words_at(made[at.WORK]), _ints_at(made[at.ITEMS])
    starts, begins = words_at(made[at.STARTS]), _ints_at(made[at.BEGINS])
    count, marks = made[at.COUNT], made[at.COUNT] + made[at.START_COUNT]
    given = marks + 2 * count + 2
    made[at.STAMP] += 1
    size, beside = 0, 1 << (3 * before + bytes_at(made[at.KINDS])[each])
    for i in range(made[at.START_COUNT]):
        size = follow(code, at.WIDE, work, marks, made[at.STAMP], starts[i], given, size, beside)
    made[at.STAMP] += 1
    byte, out = bytes_at(made[at.BYTES])[each], given + marks
    total = _advance(code, work, count, made[at.STAMP], given, size, out, byte)
    place = made[at.ITEM_COUNT]
    if place + total > made[at.MOST_ITEMS]:
        return 0
    for i in range(total):
        items[place + i] = work[out + i]
    made[at.ITEM_COUNT] = place + total
    # What is not made yet has 0.
    begins[slot], begins[slot + 1] = place + 1, place + total
    return 1


@in_machine_code
def _is(
    work: Words, rows: Ints, items: Ints, state: int, size: int, before: int, stamp: int
) -> int:
    """Whether a state is that of a list, whose members are marked."""
    row = at.ROW * state
    if rows[row + 1] - rows[row] != size or rows[row + 2] != before:
        return 0
    for i in range(rows[row], rows[row + 1]):
        if work[items[i]] != stamp:
            return 0
    return 1


@in_machine_code
def _state(made: Words, out: int, size: int, before: int) -> int:
    """The number of the state of a list, whatever its order; 0 if there is no room."""
    work, rows = words_at(made[at.WORK]), _ints_at(made[at.ROWS])
    items, slots = _ints_at(made[at.ITEMS]), _ints_at(made[at.SLOTS])
    key = 31 * size + before
    for i in range(size):
        key += (work[out + i] + 1) * 0x9E3779B1
    slot = (key ^ (key >> 17)) & (at.SLOT_COUNT - 1)
    while slots[slot]:
        if _is(work, rows, items, slots[slot], size, before, made[at.STAMP]):
            return slots[slot]
        slot = (slot + 1) & (at.SLOT_COUNT - 1)
    state, place = made[at.STATES] + 1, made[at.ITEM_COUNT]
    if state >= made[at.MOST_STATES] or place + size > made[at.MOST_ITEMS]:
        return 0
    slots[slot], made[at.STATES], made[at.ITEM_COUNT] = state, state, place + size
    row, ended = at.ROW * state, 0
    for i in range(size):
        one = work[out + i]
        items[place + i] = one
        if one >= made[at.COUNT]:
            items[place + i], items[place + ended] = items[place + ended], one
            ended += 1
    rows[row], rows[row + 1], rows[row + 2], rows[row + 3] = place, place + size, before, ended
    return state


@in_machine_code
def _step(made: Words, state: int, each: int) -> int:
    """Make what follows a state by a class; 0 if there is no room."""
    code, work = words_at(made[at.CODE]), words_at(made[at.WORK])
    rows, items = _ints_at(made[at.ROWS]), _ints_at(made[at.ITEMS])
    begins, count, row = _ints_at(made[at.BEGINS]), made[at.COUNT], at.ROW * state
    marks, before = count + made[at.START_COUNT], rows[row + 2]
    byte, kind = bytes_at(made[at.BYTES])[each], bytes_at(made[at.KINDS])[each]
    given = marks + 2 * count + 2
    out, slot = given + marks, 2 * (before * made[at.WIDTH] + each)
    if not begins[slot] and not _begin(made, before, each, slot):
        return 0
    made[at.STAMP] += 1
    size, beside = 0, 1 << (3 * before + kind)
    # The first ones have ended.
    for i in range(rows[row] + rows[row + 3], rows[row + 1]):
        size = follow(code, at.WIDE, work, marks, made[at.STAMP], items[i], given, size, beside)
    made[at.STAMP] += 1
    stamp = made[at.STAMP]
    total = _advance(code, work, count, stamp, given, size, out, byte)
    # What begins with the text may go on without an interesting byte.
    is_resting = int(total == 0 and before != EDGE and byte < at.NO_BYTE)
    is_resting &= int(bytes_at(made[at.CLASSES])[byte & at.CLASS_BITS] < at.INTERESTING)
    for i in range(begins[slot] - 1, begins[slot + 1]):
        if work[items[i]] != stamp:
            work[items[i]] = stamp
            work[out + total] = items[i]
            total += 1
    following = _state(made, out, total, kind)
    if not following:
        return 0
    ended = rows[at.ROW * following + 3]
    value = 4 * following * made[at.WIDTH] + at.ENDED * int(ended > 0)
    value += at.RESTING * int(is_resting and not ended)
    _ints_at(made[at.TABLE])[state * made[at.WIDTH] + each] = value
    return value


@in_machine_code
def _report(made: Words, frame: Words, state: int, end: int) -> int:
    """Write down what ends where a state is entered, each expression once; 0 for too much."""
    row, rows = at.ROW * state, _ints_at(made[at.ROWS])
    items, seen = _ints_at(made[at.ITEMS]), words_at(made[at.SEEN])
    for i in range(rows[row], rows[row] + rows[row + 3]):
        number = items[i] - made[at.COUNT]
        if seen[number] == made[at.SCANS]:
            continue
        if frame[at.HIT_COUNT] == at.MOST_HITS:
            return 0
        seen[number] = made[at.SCANS]
        out = at.HITS + 2 * frame[at.HIT_COUNT]
        frame[out], frame[out + 1] = number, end
        frame[at.HIT_COUNT] += 1
    return 1


@in_machine_code
def _following(made: Words, frame: Words, row: int, each: int, end: int) -> int:
    """What follows, made where it is not there yet, and what ends is written down; 0 to give up."""
    value = _ints_at(made[at.TABLE])[row + each]
    if value == at.UNKNOWN:
        if not frame[at.STEPS]:
            return 0
        frame[at.STEPS] -= 1
        value = _step(made, row // made[at.WIDTH], each)
    if value & at.ENDED and not _report(made, frame, (value >> 2) // made[at.WIDTH], end):
        return 0
    return value


@in_machine_code
def _rested(data: Bytes, place: int, made: Words, frame: Words, classes: Bytes) -> int:
    """The value of the state before the next byte with which something may go on, behind two or
    more with which nothing does; 0 to give up."""
    before = data[place - 2]
    kind = bytes_at(made[at.KINDS])[classes[before] & at.CLASS_BITS]
    return _following(
        made, frame, (at.EMPTY + kind) * made[at.WIDTH], classes[data[place - 1]] & at.CLASS_BITS, 0
    )


@as_a_part
def _scan(data: Bytes, size: int, made: Words, frame: Words, table: Ints, classes: Bytes) -> int:
    width, place = made[at.WIDTH], 0
    row = at.EMPTY * width
    while place < size:
        each = classes[data[place]] & at.CLASS_BITS
        value = table[row + each]
        if value & at.ENDED:
            value = _following(made, frame, row, each, place)
            if not value:
                return at.GAVE_UP
        place += 1
        if value & at.RESTING:
            begin = place
            while place < size and classes[data[place]] < at.INTERESTING:
                place += 1
            if place < begin + 2:
                place = begin
            else:
                value = _rested(data, place, made, frame, classes)
                if not value:
                    return at.GAVE_UP
        row = value >> 2
    return at.DONE if _following(made, frame, row, width - 1, size) else at.GAVE_UP


def scan(data: Bytes, frame: Words) -> int:
    """Find which expressions match in a text, each with its first end."""
    made = words_at(frame[at.MADE])
    made[at.SCANS] += 1
    frame[at.HIT_COUNT] = 0
    return _scan(
        data,
        frame[at.SIZE],
        made,
        frame,
        _ints_at(made[at.TABLE]),
        bytes_at(made[at.CLASSES]),
    )
