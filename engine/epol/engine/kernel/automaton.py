"""Deterministic automata: made from programs of expressions, and walked over texts in ASCII.

As in `kernel`, nothing is allocated and nothing is checked here: who calls gives enough memory,
and texts in ASCII (see `automaton_words`).
"""

from __future__ import annotations

# numba's own types are partial, and what it makes of a function has none.
# pyright: basic
from epol.engine.kernel import automaton_words as at
from epol.engine.kernel.following import follow
from epol.engine.kernel.kernel import (
    Bytes,
    Words,
    as_a_part,
    bytes_at,
    in_machine_code,
    object_file,
    pointer,
    types,
    words_at,
)
from epol.engine.kernel.lazy import scan
from epol.engine.kernel.runs import may_hold_text
from epol.engine.kernel.sums import holds

_WORDS, _BYTES = types.CPointer(types.int64), types.CPointer(types.uint8)
_shorts_at = pointer(types.CPointer(types.uint16))

Shorts = list[int]
"""A pointer to numbers of 16 bits."""


# --- making -------------------------------------------------------------------------------


@in_machine_code
def _sort(work: Words, out: int, size: int) -> None:
    for i in range(1, size):
        one, j = work[out + i], i
        while j and work[out + j - 1] > one:
            work[out + j] = work[out + j - 1]
            j -= 1
        work[out + j] = one


@in_machine_code
def _has(code: Words, work: Words, out: int, size: int, kind: int) -> int:
    for i in range(size):
        if code[3 * work[out + i]] == kind:
            return 1
    return 0


@in_machine_code
def _is(work: Words, state: int, out: int, size: int, before: int, states: int, items: int) -> int:
    """Whether a state is that of a list, with a kind of character before it."""
    place = work[states + 2 * state]
    if work[states + 2 * state + 1] != before or work[states + 2 * state + 2] - place != size:
        return 0
    for i in range(size):
        if work[items + place + i] != work[out + i]:
            return 0
    return 1


@in_machine_code
def _state(
    code: Words, work: Words, out: int, size: int, before: int, states: int, most: int
) -> int:
    """The number of the state of a list of instructions, which is sorted; -1 if there is no room.

    At `states` is how many there are, then of each where its items begin and what was before it.
    Behind them come the slots by which states are found, and the items.
    """
    if not size:
        return 0
    _sort(work, out, size)
    # What was before it is all one where no place asks for it.
    before *= _has(code, work, out, size, at.PLACE)
    slots = states + 2 * most + 2
    items = slots + at.SLOTS
    key = before
    for i in range(size):
        key = (key * 31 + work[out + i] + 1) & 0x3FFFFFFF
    slot = (key ^ (key >> 13)) & (at.SLOTS - 1)
    while work[slots + slot]:
        if _is(work, work[slots + slot], out, size, before, states, items):
            return work[slots + slot]
        slot = (slot + 1) & (at.SLOTS - 1)
    state = work[states] + 1
    place = work[states + 2 * state]
    if state >= most or place + size > at.MOST_ITEMS:
        return -1
    work[slots + slot], work[states] = state, state
    work[states + 2 * state + 1], work[states + 2 * state + 2] = before, place + size
    for i in range(size):
        work[items + place + i] = work[out + i]
    return state


@as_a_part
def _determinize(
    code: Words,
    count: int,
    first: int,
    classes: int,
    of_word: int,
    table: Shorts,
    ends: Bytes,
    work: Words,
    most: int,
    frame: Words,
) -> int:
    """The number of states, the dead one counted, by Rabin's and Scott's construction; or 0."""
    stack, lists = count, 3 * count + 2
    made, states = lists + 3 * count, lists + 4 * count
    items = states + 2 * most + 2 + at.SLOTS
    stamp, steps = 1, 0
    for kind in range(3):
        size = follow(code, at.NARROW, work, stack, stamp, first, made, 0, 0)
        stamp += 1
        frame[at.INITIAL + kind] = _state(code, work, made, size, kind, states, most)
    state = 1
    while state <= work[states]:
        place, before = work[states + 2 * state], work[states + 2 * state + 1]
        end = work[states + 2 * state + 2]
        ends[state] = 0
        for kind in range(3):
            out, size = lists + kind * count, 0
            for i in range(place, end):
                beside = 1 << (3 * before + kind)
                size = follow(
                    code, at.NARROW, work, stack, stamp, work[items + i], out, size, beside
                )
            stamp += 1
            ends[state] |= _has(code, work, out, size, at.MATCH) << kind
            if kind == at.EDGE:
                continue
            for each in range(classes):
                if (of_word >> each & 1) != int(kind == at.OF_WORD):
                    continue
                total = 0
                for i in range(size):
                    one = work[out + i]
                    if code[3 * one] == at.CHARS and code[3 * one + 2] >> each & 1:
                        target = code[3 * one + 1]
                        total = follow(code, at.NARROW, work, stack, stamp, target, made, total, 0)
                stamp += 1
                # The last is for sorting.
                steps += size + total + (total * total >> 4)
                following = _state(code, work, made, total, kind, states, most)
                if following < 0 or steps > at.MOST_STEPS:
                    return 0
                table[state * classes + each] = following
        state += 1
    return state


def determinize(frame: Words) -> int:
    """Make the automaton of a program; how many states it has, or 0 if it would be too large."""
    return _determinize(
        words_at(frame[at.PROGRAM]),
        frame[at.INSTRUCTIONS],
        frame[at.FIRST],
        frame[at.CLASS_COUNT],
        frame[at.WORD_CLASSES],
        _shorts_at(frame[at.TABLE]),
        bytes_at(frame[at.ACCEPTS]),
        words_at(frame[at.WORK]),
        frame[at.MOST_STATES],
        frame,
    )


# --- walking ------------------------------------------------------------------------------


@in_machine_code
def _beginning(
    data: Bytes, start: int, stop: int, size: int, rarest: int, firsts: Bytes, befores: Bytes
) -> int:
    """The first place at which a match may begin, as far as single bytes tell."""
    while start < stop:
        while start + rarest < size and not firsts[data[start + rarest]] & at.RARE:
            start += 1
        if start + rarest >= size:
            return stop
        before = befores[data[start - 1]] if start else at.AT_EDGE
        if firsts[data[start]] & before:
            return start
        start += 1
    return stop


@in_machine_code
def _walk(
    data: Bytes,
    start: int,
    last: int,
    size: int,
    frame: Words,
    automaton: Words,
    classes: Bytes,
    sides: Bytes,
    table: Shorts,
    ends: Bytes,
) -> int:
    """How many bytes are read from a beginning on; what matches from there is in the frame."""
    width, is_bounded, sum_kind = automaton[at.WIDTH], automaton[at.IS_BOUNDED], automaton[at.SUM]
    value = start + automaton[at.SKIPPED]
    # At the edge of a text it is not known here whether a value begins behind a character.
    if value > start and start == 0:
        sum_kind = at.NO_SUM
    kind, steps = at.EDGE, 0
    if start:
        kind = at.OF_WORD if sides[data[start - 1]] & at.WORD else at.OTHER
    here = sides[data[start]]
    following = table[automaton[at.BEGINS + kind] * width + classes[data[start]]]
    place, longest, allowed = start, -1, -1
    while following and place < last:
        state, place, before = following, place + 1, here
        following, here, kind = 0, 0, at.EDGE
        if place < size:
            here = sides[data[place]]
            following = table[state * width + classes[data[place]]]
            kind = at.OF_WORD if here & at.WORD else at.OTHER
        if ends[state] >> kind & 1:
            longest = place
            if not (here & at.NOT_BEFORE or (is_bounded and before & here & at.WORD)):
                if sum_kind == at.NO_SUM:
                    allowed = place
                else:
                    steps += place - value
                    if holds(data, value, place, sum_kind):
                        allowed = place
    frame[at.START], frame[at.END] = start, allowed
    frame[at.IS_LONGEST] = int(allowed == longest)
    frame[at.REFUSED] += int(allowed < longest)
    return steps + place - start


@as_a_part
def _search(
    data: Bytes,
    size: int,
    frame: Words,
    automaton: Words,
    classes: Bytes,
    sides: Bytes,
    firsts: Bytes,
    befores: Bytes,
    table: Shorts,
    ends: Bytes,
) -> int:
    start, stop, last, rarest = frame[at.AT], frame[at.STOP], frame[at.LAST], automaton[at.RAREST]
    patience = at.PATIENCE * (size - start) + at.MORE_PATIENCE
    while True:
        start = _beginning(data, start, stop, size, rarest, firsts, befores)
        if start >= stop:
            return at.NOTHING
        patience -= _walk(data, start, last, size, frame, automaton, classes, sides, table, ends)
        if frame[at.END] >= 0:
            return at.FOUND
        start += 1
        if patience < 0:
            frame[at.AT] = start
            return at.GAVE_UP


@in_machine_code
def _found(data: Bytes, size: int, frame: Words, automaton: Words) -> int:
    return _search(
        data,
        size,
        frame,
        automaton,
        bytes_at(automaton[at.CLASSES]),
        bytes_at(automaton[at.SIDES]),
        bytes_at(automaton[at.FIRSTS]),
        bytes_at(automaton[at.BEFORES]),
        _shorts_at(automaton[at.NEXT]),
        bytes_at(automaton[at.ENDS]),
    )


def search(data: Bytes, frame: Words) -> int:
    """Find the leftmost, longest match that may stand where it stands, between two places.

    The longest that does not end where none may, and whose sum holds; `IS_LONGEST` says that none
    from its place is longer at all.
    """
    return _found(data, frame[at.SIZE], frame, words_at(frame[at.AUTOMATON]))


@in_machine_code
def _stop(data: Bytes, size: int, needs: int) -> int:
    """Before what a match begins that has a byte in it."""
    if needs:
        while size and data[size - 1] != needs:
            size -= 1
    return size


@in_machine_code
def _tell(frame: Words, out: int, number: int, begins: int, ends: int) -> int:
    frame[out], frame[out + 1], frame[out + 2] = number, begins, ends
    frame[out + 3], frame[at.REFUSED] = frame[at.REFUSED], 0
    return out + at.TOLD


@as_a_part
def _search_all(data: Bytes, frame: Words) -> None:
    size, count = frame[at.SIZE], frame[at.COUNT]
    behind = at.LISTED + at.ASKED * count
    out, frame[at.REFUSED] = behind, 0
    for number in range(count):
        asked = at.LISTED + at.ASKED * number
        automaton, start, found, said = words_at(frame[asked]), frame[asked + 1], 0, at.FOUND
        stop = _stop(data, size, automaton[at.NEEDS])
        while found < at.MOST_EACH:
            frame[at.AT], frame[at.STOP], frame[at.LAST] = start, stop, size
            said = _found(data, size, frame, automaton)
            if said != at.FOUND:
                break
            begins, ends = frame[at.START], frame[at.END]
            out = _tell(frame, out, number, begins, ends)
            found += 1
            is_whole = frame[at.IS_LONGEST] and not automaton[at.IS_BOUNDED]
            start = ends if is_whole else begins + 1
        if said != at.NOTHING or frame[at.REFUSED]:
            out = _tell(frame, out, number, frame[at.AT] if said == at.GAVE_UP else start, -said)
    frame[at.COUNT] = out - behind


def search_all(data: Bytes, frame: Words) -> int:
    """The same for many automata, each as if what it finds were accepted; one match after another
    until there is none, or there are as many as are asked for."""
    _search_all(data, frame)
    return at.NOTHING


def compiled() -> list[tuple[bytes, str]]:
    """The machine code of these and of what `lazy` and `runs` offer, as object files, and their
    names."""
    return [
        object_file(types.int64(_WORDS), determinize),
        object_file(types.int64(_BYTES, _WORDS), search),
        object_file(types.int64(_BYTES, _WORDS), search_all),
        object_file(types.int64(_BYTES, _WORDS), scan),
        object_file(types.int64(_BYTES, _WORDS), may_hold_text),
    ]
