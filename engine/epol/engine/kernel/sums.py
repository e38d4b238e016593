"""Sums of check digits, as far as they tell that a value has none: for `automaton`.

Each asks less than the validator of its name: characters that are no digits (for IBANs, no letters
or digits) do not count, and nothing is asked of their number.
"""

from __future__ import annotations

from epol.engine.kernel import automaton_words as at
from epol.engine.kernel.kernel import Bytes, in_machine_code

# pyright: basic
_PERMUTED = 0x4903826751
"""What Verhoeff's permutation makes of each digit, four bits each from the lowest on."""


@in_machine_code
def _is_luhn(data: Bytes, low: int, high: int) -> int:
    """ISO/IEC 7812-1, annex B."""
    total, is_second = 0, 0
    for place in range(high - 1, low - 1, -1):
        digit = int(data[place]) - 48
        if 0 <= digit <= 9:
            digit <<= is_second
            total += digit - 9 * int(digit > 9)
            is_second ^= 1
    return int(total % 10 == 0)


@in_machine_code
def _is_verhoeff(data: Bytes, low: int, high: int) -> int:
    """J. Verhoeff, Error Detecting Decimal Codes, 1969: a product in the group of a pentagon."""
    product, times = 0, 0
    for place in range(high - 1, low - 1, -1):
        digit = int(data[place]) - 48
        if 0 <= digit <= 9:
            for _ in range(times):
                digit = _PERMUTED >> 4 * digit & 15
            turn = product - digit if product >= 5 else product + digit
            product = 5 * ((product >= 5) ^ (digit >= 5)) + (turn + 10) % 5
            times = (times + 1) & 7
    return int(product == 0)


@in_machine_code
def _remainder(data: Bytes, low: int, high: int, first: int, last: int, rest: int) -> int:
    """A remainder modulo 97, with the letters and digits from one to another one appended."""
    count = 0
    for place in range(low, high):
        code = int(data[place])
        small = code | 32
        value, is_digit = code - 48, 48 <= code <= 57
        if not is_digit:
            value = small - 87
            if not 97 <= small <= 122:
                continue
        if first <= count < last:
            rest = (rest * (10 if is_digit else 100) + value) % 97
        count += 1
    return rest


@in_machine_code
def holds(data: Bytes, low: int, high: int, kind: int) -> int:
    """Whether a sum holds for what stands between two places, in ASCII."""
    if kind == at.LUHN:
        return _is_luhn(data, low, high)
    if kind == at.VERHOEFF:
        return _is_verhoeff(data, low, high)
    rest = _remainder(data, low, high, 4, high - low, 0)
    return int(_remainder(data, low, high, 0, 4, rest) == 1)
