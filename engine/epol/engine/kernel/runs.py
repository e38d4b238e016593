"""Whether runs of base64 may hold text: what `views.plain` says of them, for short ones, in a
hundredth of the time.

As in `kernel`, nothing is allocated and nothing is checked here.
"""

from __future__ import annotations

# numba's own types are partial, and what it makes of a function has none.
# pyright: basic
from epol.engine.kernel import runs_words as at
from epol.engine.kernel.kernel import Bytes, Words, as_a_part, bytes_at, in_machine_code

_CAPITALS, _LETTERS = 26, 62
_LEAST, _IN_A_ROW = 6, 8
"""Bytes that are text if all are UTF-8; characters that are text whatever stands beside them."""


@in_machine_code
def _byte(data: Bytes, values: Bytes, first: int, number: int) -> int:
    """A byte of those that digits from a first one on stand for."""
    place, bits = first + number * 8 // 6, number * 8 % 6
    two = values[data[place]] << 6 | values[data[place + 1]]
    return two >> 4 - bits & 255


@in_machine_code
def _character(data: Bytes, values: Bytes, first: int, number: int, size: int) -> int:
    """How many bytes the character at a place has in UTF-8 (RFC 3629, section 4); 0 if none is
    there, and 1 more than 4 for a control but tabs and ends of lines."""
    lead = _byte(data, values, first, number)
    if lead < 0x80:
        is_control = lead < 32 and lead != 9 and lead != 10 and lead != 13
        return 5 if is_control or lead == 127 else 1
    length = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
    if not 0xC2 <= lead < 0xF5 or number + length > size:
        return 0
    second = _byte(data, values, first, number + 1)
    low = 0xA0 if lead == 0xE0 else 0x90 if lead == 0xF0 else 0x80
    high = 0x9F if lead == 0xED else 0x8F if lead == 0xF4 else 0xBF
    if not low <= second <= high:
        return 0
    for i in range(2, length):
        if not 0x80 <= _byte(data, values, first, number + i) <= 0xBF:
            return 0
    return length


@in_machine_code
def _is_text(data: Bytes, values: Bytes, first: int, digits: int) -> int:
    """Whether digits may be text: all of their bytes are UTF-8, eight characters of them in a row
    are good, or a quarter of them occurs again."""
    size = (digits - int(digits % 4 == 1)) * 6 // 8
    if size < _LEAST:
        return 0
    row, number, is_whole = 0, 0, 1
    while number < size:
        length = _character(data, values, first, number, size)
        is_whole &= int(length > 0)
        row = row + 1 if 0 < length < 5 else 0
        if row == _IN_A_ROW:
            return 1
        number += length if 0 < length < 5 else 1
    again = 0
    for i in range(size):
        for j in range(i):
            if _byte(data, values, first, i) == _byte(data, values, first, j):
                again += 1
                break
    return int(is_whole or 4 * again >= size)


@in_machine_code
def _is_run(data: Bytes, values: Bytes, begin: int, end: int, size: int) -> int:
    """Whether a run may hold text, or is none that can be told here."""
    if end - begin >= at.LONG:
        return 1
    has_case = 0
    for place in range(begin + 1, end):
        before = values[data[place - 1]]
        has_case |= int(values[data[place]] < _CAPITALS and _CAPITALS <= before < _LETTERS)
    if not has_case:
        return 0
    if end - begin >= at.LINE and end < size and (data[end] == 10 or data[end] == 13):
        return 1
    for shift in range(min(4, end - begin - at.LEAST_DIGITS + 1)):
        if _is_text(data, values, begin + shift, end - begin - shift):
            return 1
    return 0


@as_a_part
def _may_hold_text(data: Bytes, values: Bytes, size: int) -> int:
    begin = 0
    for place in range(size + 1):
        if place < size and values[data[place]] != at.NONE:
            continue
        if place - begin >= at.LEAST_DIGITS and _is_run(data, values, begin, place, size):
            return 1
        begin = place + 1
    return 0


def may_hold_text(data: Bytes, frame: Words) -> int:
    """Whether a text in ASCII may hold text in base64, or a run too long to be told at once."""
    return _may_hold_text(data, bytes_at(frame[at.VALUES]), frame[at.SIZE])
