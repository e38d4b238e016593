"""The kernel: one fixed function that runs any decision program.  The only `import numba`.

Dual rail: each gate has a can-be-true and a can-be-false plane, 64 lanes in a word, which
is Kleene's logic for the price of two words.  Numbers are int64 with a byte each that says
whether they are known.  Nothing is allocated, and nothing is checked here: `assemble`
makes only code whose places are right.

`epol.engine.kernel.load` runs it from the cache, without numba.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, TypeVar, cast

# numba's own types are partial, and what it makes of a function has none.
# pyright: basic
from epol.engine.kernel import opcodes as op

_Function = TypeVar("_Function", bound=Callable[..., object])
_numba = cast(Any, importlib.import_module("numba"))  # its types are partial
types = _numba.types
_WORDS, _BYTES, _INT = types.CPointer(types.int64), types.CPointer(types.uint8), types.int64
_SIGNATURE = types.void(_WORDS)

# In each byte: bit i of byte i, the lower seven, the lowest.
_DIAGONAL, _LOW_SEVEN, _LOWEST = -0x7FBFDFEFF7FBFDFF, 0x7F7F7F7F7F7F7F7F, 0x0101010101010101

_EXACT, _SMALL = 1 << 52, 1 << 26

Words = list[int]
"""A pointer to int64 words, as far as Python's types can tell."""
Bytes = list[int]
"""A pointer to bytes."""


_unsigned = cast(Callable[[int], int], _numba.uint64)
_signed = cast(Callable[[float], int], _numba.int64)


def pointer(to: Callable[[object], object]) -> Callable[[int], list[int]]:
    """What makes an address a pointer, for which numba has no name."""

    def typed(_typing: object, _address: object) -> tuple[object, Callable[..., object]]:
        def made(*given: object) -> object:
            context, builder, _, (address,) = cast(tuple[Any, Any, object, tuple[object]], given)
            return builder.inttoptr(address, context.get_value_type(to))

        return to(_INT), made

    return cast(Callable[[int], list[int]], _numba.extending.intrinsic(typed))


words_at, bytes_at = pointer(_WORDS), pointer(_BYTES)


# Division is C's, for nothing here divides by zero.  Python calls none of these.
_OPTIONS = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def in_machine_code(function: _Function) -> _Function:
    """A function in machine code, for others that are."""
    return cast(_Function, _numba.njit(**_OPTIONS)(function))


def as_a_part(function: _Function) -> _Function:
    """The same for a large one: it is optimised with its caller, and not alone before."""
    return cast(_Function, _numba.njit(**_OPTIONS, inline="always")(function))


@in_machine_code
def _lane_mask(shift: int) -> int:
    """The lanes of one request, in the lowest bits."""
    return -1 if shift == 6 else (1 << (1 << shift)) - 1


@in_machine_code
def _expanded(bits: int, word: int, shift: int) -> int:
    """A word by lane, out of the uniform word that has its requests' bits."""
    first = (word << 6) >> shift
    bits >>= first & 63
    if shift == 6:
        return -(bits & 1)
    if shift == 3:
        # Eight bits into eight bytes: copy, keep one bit a byte, and from there to all eight.
        spread = bits & 0xFF
        spread |= spread << 8
        spread |= spread << 16
        spread |= spread << 32
        spread &= _DIAGONAL
        low = ((spread & _LOW_SEVEN) + _LOW_SEVEN) | spread
        ones = (low >> 7) & _LOWEST
        return (ones << 8) - ones
    result, mask = 0, _lane_mask(shift)
    for request in range(64 >> shift):
        result |= -((bits >> request) & 1) & (mask << (request << shift))
    return result


@in_machine_code
def _plane(
    code: Words, planes: Words, reference: int, n: int, word: int, words: int, shift: int
) -> int:
    """A word by lane of the plane that a reference means."""
    few, literal = (n + 63) >> 6, reference >> 2
    if reference & op.UNIFORM_PLANE:
        place = literal * few + (((word << 6) >> shift) >> 6)
        result = _expanded(planes[place], word, shift)
    else:
        result = planes[code[op.UNIFORM_GATES] * 2 * few + literal * words + word]
    return ~result if reference & op.INVERTED else result


@in_machine_code
def _holds(is_less: int, left: int, right: int) -> bool:
    return left < right if is_less else left == right


@in_machine_code
def _within(
    code: Words,
    at: int,
    count: int,
    first: int,
    numbers: Words,
    known: Bytes,
    planes: Words,
    n: int,
) -> None:
    """Ranges of one number."""
    few, offset = (n + 63) >> 6, code[at] * n
    if n == 1:
        value, given = numbers[offset], -_signed(known[offset])
        for i in range(count):
            low, high = code[at + 1 + 2 * i], code[at + 2 + 2 * i]
            holds = -(int(value >= low) & int(value <= high))
            planes[first + 2 * i] = holds | ~given
            planes[first + 2 * i + 1] = ~(holds & given)
        return
    for i in range(count):
        place, low, high = (first + 2 * i) * few, code[at + 1 + 2 * i], code[at + 2 + 2 * i]
        for word in range(few):
            holds, given = 0, 0
            for bit in range(min(64, n - (word << 6))):
                value = numbers[offset + (word << 6) + bit]
                holds |= (int(value >= low) & int(value <= high)) << bit
                given |= _signed(known[offset + (word << 6) + bit]) << bit
            planes[place + word] = holds | ~given
            planes[place + few + word] = ~(holds & given)


@in_machine_code
def _compare(
    code: Words,
    at: int,
    count: int,
    first: int,
    numbers: Words,
    known: Bytes,
    planes: Words,
    n: int,
) -> None:
    few = (n + 63) >> 6
    place = first * few
    for _ in range(count):
        left, right = code[at] * n, code[at + 1] * n
        for word in range(few):
            holds, given = 0, 0
            for bit in range(min(64, n - (word << 6))):
                one, other = left + (word << 6) + bit, right + (word << 6) + bit
                holds |= int(_holds(code[at + 2], numbers[one], numbers[other])) << bit
                given |= _signed(known[one] & known[other]) << bit
            if n == 1:
                holds, given = -holds, -given
            planes[place + word] = holds | ~given
            planes[place + few + word] = ~(holds & given)
        place += 2 * few
        at += 3


@in_machine_code
def _compare_lanes(
    code: Words,
    at: int,
    count: int,
    first: int,
    numbers: Words,
    known: Bytes,
    planes: Words,
    base: int,
    lanes: int,
    n: int,
    words: int,
) -> None:
    place = base + first * words
    for _ in range(count):
        left, right = code[at] * n, code[at + 2] * n
        left_shift, right_shift, is_less = code[at + 1], code[at + 3], code[at + 4]
        for word in range(words):
            holds, given = 0, 0
            for bit in range(min(64, lanes - (word << 6))):
                lane = (word << 6) + bit
                one, other = left + (lane >> left_shift), right + (lane >> right_shift)
                holds |= int(_holds(is_less, numbers[one], numbers[other])) << bit
                given |= _signed(known[one] & known[other]) << bit
            planes[place + word] = holds | ~given
            planes[place + words + word] = ~(holds & given)
        place += 2 * words
        at += 5


@in_machine_code
def _member(
    code: Words,
    at: int,
    count: int,
    first: int,
    numbers: Words,
    known: Bytes,
    planes: Words,
    base: int,
    values: int,
    n: int,
    words: int,
) -> None:
    """For `values` values of a number, one a request or one a lane."""
    place = base + first * words
    for _ in range(count):
        offset, size = code[at] * n, code[at + 1]
        for word in range(words):
            holds, given = 0, 0
            for bit in range(min(64, values - (word << 6))):
                one = offset + (word << 6) + bit
                low, high = at + 2, at + 2 + size
                while low < high:
                    middle = (low + high) >> 1
                    if code[middle] < numbers[one]:
                        low = middle + 1
                    else:
                        high = middle
                if low < at + 2 + size and code[low] == numbers[one]:
                    holds |= 1 << bit
                given |= _signed(known[one]) << bit
            if values == 1:
                holds, given = -holds, -given
            planes[place + word] = holds | ~given
            planes[place + words + word] = ~(holds & given)
        place += 2 * words
        at += 2 + size


@in_machine_code
def _known(
    code: Words,
    at: int,
    count: int,
    first: int,
    known: Bytes,
    planes: Words,
    base: int,
    values: int,
    n: int,
    words: int,
) -> None:
    place = base + first * words
    for i in range(at, at + count):
        offset = code[i] * n
        for word in range(words):
            given = 0
            for bit in range(min(64, values - (word << 6))):
                given |= _signed(known[offset + (word << 6) + bit]) << bit
            if values == 1:
                given = -given
            planes[place + word] = given
            planes[place + words + word] = ~given
        place += 2 * words


@in_machine_code
def _and_two(
    code: Words, at: int, count: int, first: int, planes: Words, base: int, words: int
) -> None:
    place = base + first * words
    if words == 1:
        for i in range(count):
            a, b = base + code[at + 2 * i], base + code[at + 2 * i + 1]
            planes[place + 2 * i] = planes[a] & planes[b]
            planes[place + 2 * i + 1] = planes[a ^ 1] | planes[b ^ 1]
        return
    for _ in range(count):
        a, b = code[at], code[at + 1]
        a_true, a_false = base + a * words, base + (a ^ 1) * words
        b_true, b_false = base + b * words, base + (b ^ 1) * words
        for word in range(words):
            planes[place + word] = planes[a_true + word] & planes[b_true + word]
            planes[place + words + word] = planes[a_false + word] | planes[b_false + word]
        place += 2 * words
        at += 2


@in_machine_code
def _and_three(
    code: Words, at: int, count: int, first: int, planes: Words, base: int, words: int
) -> None:
    place = base + first * words
    if words == 1:
        for i in range(count):
            a, b = base + code[at + 3 * i], base + code[at + 3 * i + 1]
            c = base + code[at + 3 * i + 2]
            planes[place + 2 * i] = planes[a] & planes[b] & planes[c]
            planes[place + 2 * i + 1] = planes[a ^ 1] | planes[b ^ 1] | planes[c ^ 1]
        return
    for _ in range(count):
        a, b, c = code[at], code[at + 1], code[at + 2]
        a_true, a_false = base + a * words, base + (a ^ 1) * words
        b_true, b_false = base + b * words, base + (b ^ 1) * words
        c_true, c_false = base + c * words, base + (c ^ 1) * words
        for word in range(words):
            true = planes[a_true + word] & planes[b_true + word]
            false = planes[a_false + word] | planes[b_false + word]
            planes[place + word] = true & planes[c_true + word]
            planes[place + words + word] = false | planes[c_false + word]
        place += 2 * words
        at += 3


@in_machine_code
def _and(
    code: Words, at: int, count: int, first: int, planes: Words, base: int, words: int
) -> None:
    place = base + first * words
    for _ in range(count):
        size = code[at]
        for word in range(words):
            true, false = -1, 0
            for i in range(at + 1, at + 1 + size):
                true &= planes[base + code[i] * words + word]
                false |= planes[base + (code[i] ^ 1) * words + word]
            planes[place + word] = true
            planes[place + words + word] = false
        place += 2 * words
        at += 1 + size


@in_machine_code
def _maybe(
    code: Words, at: int, count: int, first: int, planes: Words, base: int, words: int
) -> None:
    place = base + first * words
    for i in range(at, at + count):
        a = base + code[i] * words
        for word in range(words):
            planes[place + word] = planes[a + word]
            planes[place + words + word] = ~planes[a + word]
        place += 2 * words


@in_machine_code
def _expand(
    code: Words,
    at: int,
    count: int,
    first: int,
    planes: Words,
    base: int,
    n: int,
    words: int,
    shift: int,
) -> None:
    few, place = (n + 63) >> 6, base + first * words
    for i in range(at, at + count):
        a = code[i]
        for word in range(words):
            one = ((word << 6) >> shift) >> 6
            planes[place + word] = _expanded(planes[a * few + one], word, shift)
            planes[place + words + word] = _expanded(planes[(a ^ 1) * few + one], word, shift)
        place += 2 * words


@in_machine_code
def _sum(
    code: Words, at: int, count: int, numbers: Words, known: Bytes, n: int, lanes: int
) -> None:
    for _ in range(count):
        offset, size = code[at] * n, code[at + 3]
        for i in range(n if code[at + 1] else lanes):
            # Unsigned, because it is exact modulo 2^64, and signed overflow would be undefined.
            total, is_known = _unsigned(code[at + 2]), 1
            for term in range(at + 4, at + 4 + 3 * size, 3):
                one = code[term + 1] * n + (i >> code[term + 2])
                total += _unsigned(code[term]) * _unsigned(numbers[one])
                is_known &= known[one]
            numbers[offset + i] = _signed(total)
            known[offset + i] = is_known
        at += 4 + 3 * size


@in_machine_code
def _quotient(x: int, by: int) -> int:
    """floor(x / by) for -2^52 < x < 2^52 and by > 0.

    Dividing floats takes a third of the time, and several at once.  What is rounded, and cut off
    towards zero, is never below the floor, and above it by one at most.
    """
    result = _signed(x / by)
    return result - int(result * by > x)


@in_machine_code
def _floored(x: int, by: int) -> int:
    """floor(x / by) for by > 0."""
    if by == 1:
        return x
    if -_EXACT < x < _EXACT:
        return _quotient(x, by)
    return x // by


@in_machine_code
def _scaled(x: int, times: int, by: int) -> int:
    """floor(x · times / by), for a result that fits."""
    if -_SMALL < x < _SMALL and -_SMALL < times < _SMALL:
        return _floored(x * times, by)
    whole = _floored(x, by)
    rest = x - whole * by
    most = _unsigned(whole) * _unsigned(times)
    return _signed(most + _unsigned(_floored(rest * times, by)))


@in_machine_code
def _scale(
    code: Words, at: int, count: int, numbers: Words, known: Bytes, n: int, lanes: int
) -> None:
    for _ in range(count):
        offset = code[at] * n
        for i in range(n if code[at + 1] else lanes):
            x = code[at + 2] * n + (i >> code[at + 3])
            above = code[at + 4] * n + (i >> code[at + 5])
            below = code[at + 6] * n + (i >> code[at + 7])
            times, by = numbers[above], numbers[below]
            numbers[offset + i] = _scaled(numbers[x], times, by)
            known[offset + i] = known[x] & known[above] & known[below]
        at += 8


@in_machine_code
def _scale_by(
    code: Words, at: int, count: int, numbers: Words, known: Bytes, n: int, lanes: int
) -> None:
    """By a numerator and a denominator that are always the same."""
    for _ in range(count):
        offset, x, size = code[at] * n, code[at + 2] * n, n if code[at + 1] else lanes
        times, by = code[at + 3], code[at + 4]
        largest = 0
        for i in range(size):
            # -1 - x for an x below zero: it is as small as x, and cannot overflow.
            largest |= numbers[x + i] ^ (numbers[x + i] >> 63)
        if largest < _SMALL and -_SMALL < times < _SMALL:
            for i in range(size):
                numbers[offset + i] = _quotient(numbers[x + i] * times, by)
        else:
            for i in range(size):
                numbers[offset + i] = _scaled(numbers[x + i], times, by)
        for i in range(size):
            known[offset + i] = known[x + i]
        at += 5


@in_machine_code
def _extreme(
    code: Words, at: int, count: int, numbers: Words, known: Bytes, n: int, lanes: int
) -> None:
    for _ in range(count):
        offset, size = code[at] * n, code[at + 3]
        for i in range(n if code[at + 1] else lanes):
            first = code[at + 4] * n + (i >> code[at + 5])
            best, is_known = numbers[first], known[first]
            for term in range(at + 6, at + 4 + 2 * size, 2):
                one = code[term] * n + (i >> code[term + 1])
                is_known &= known[one]
                best = max(best, numbers[one]) if code[at + 2] else min(best, numbers[one])
            numbers[offset + i] = best
            known[offset + i] = is_known
        at += 4 + 2 * size


@in_machine_code
def _choose(
    code: Words,
    at: int,
    count: int,
    numbers: Words,
    known: Bytes,
    planes: Words,
    base: int,
    n: int,
    lanes: int,
    words: int,
) -> None:
    for _ in range(count):
        offset, is_uniform, literal = code[at] * n, code[at + 1], code[at + 2]
        size = (n + 63) >> 6 if is_uniform else words
        start = 0 if is_uniform else base
        for i in range(n if is_uniform else lanes):
            true = (planes[start + literal * size + (i >> 6)] >> (i & 63)) & 1
            false = (planes[start + (literal ^ 1) * size + (i >> 6)] >> (i & 63)) & 1
            then = code[at + 3] * n + (i >> code[at + 4])
            other = code[at + 5] * n + (i >> code[at + 6])
            one = then if true else other
            numbers[offset + i] = numbers[one]
            known[offset + i] = known[one] if true != false else 0
        at += 7


@in_machine_code
def _gather(
    code: Words, at: int, count: int, numbers: Words, known: Bytes, n: int, shift: int
) -> None:
    for _ in range(count):
        offset, size = code[at] * n, code[at + 1]
        for request in range(n):
            for target in range(size):
                one = code[at + 2 + target] * n + request
                lane = offset + (request << shift) + target
                numbers[lane] = numbers[one]
                known[lane] = known[one]
        at += 2 + size


@as_a_part
def _run(  # noqa: C901 (one case an opcode)
    code: Words,
    runs: int,
    count: int,
    numbers: Words,
    known: Bytes,
    planes: Words,
    n: int,
    lanes: int,
    words: int,
    shift: int,
) -> None:
    few = (n + 63) >> 6
    base = code[op.UNIFORM_GATES] * 2 * few
    for run in range(runs, runs + 4 * count, 4):
        name, size, at, first = code[run], code[run + 1], code[run + 2], code[run + 3]
        if name == op.WITHIN:
            _within(code, at, size, first, numbers, known, planes, n)
        elif name == op.COMPARE:
            _compare(code, at, size, first, numbers, known, planes, n)
        elif name == op.COMPARE_LANES:
            _compare_lanes(code, at, size, first, numbers, known, planes, base, lanes, n, words)
        elif name == op.MEMBER:
            _member(code, at, size, first, numbers, known, planes, 0, n, n, few)
        elif name == op.MEMBER_LANES:
            _member(code, at, size, first, numbers, known, planes, base, lanes, n, words)
        elif name == op.KNOWN:
            _known(code, at, size, first, known, planes, 0, n, n, few)
        elif name == op.KNOWN_LANES:
            _known(code, at, size, first, known, planes, base, lanes, n, words)
        elif name == op.AND:
            _and(code, at, size, first, planes, 0, few)
        elif name == op.AND_LANES:
            _and(code, at, size, first, planes, base, words)
        elif name == op.AND_TWO:
            _and_two(code, at, size, first, planes, 0, few)
        elif name == op.AND_TWO_LANES:
            _and_two(code, at, size, first, planes, base, words)
        elif name == op.AND_THREE:
            _and_three(code, at, size, first, planes, 0, few)
        elif name == op.AND_THREE_LANES:
            _and_three(code, at, size, first, planes, base, words)
        elif name == op.MAYBE:
            _maybe(code, at, size, first, planes, 0, few)
        elif name == op.MAYBE_LANES:
            _maybe(code, at, size, first, planes, base, words)
        elif name == op.EXPAND:
            _expand(code, at, size, first, planes, base, n, words, shift)
        elif name == op.SUM:
            _sum(code, at, size, numbers, known, n, lanes)
        elif name == op.SCALE:
            _scale(code, at, size, numbers, known, n, lanes)
        elif name == op.SCALE_BY:
            _scale_by(code, at, size, numbers, known, n, lanes)
        elif name == op.EXTREME:
            _extreme(code, at, size, numbers, known, n, lanes)
        elif name == op.CHOOSE:
            _choose(code, at, size, numbers, known, planes, base, n, lanes, words)
        elif name == op.GATHER:
            _gather(code, at, size, numbers, known, n, shift)


@in_machine_code
def _bits(
    code: Words, planes: Words, reference: int, n: int, word: int, words: int, shift: int
) -> int:
    """As `_plane`, which is too long to stand where it is asked for; of one request, there."""
    if n == 1:
        return planes[reference >> 2] ^ -(reference & op.INVERTED)
    return _plane(code, planes, reference, n, word, words, shift)


@in_machine_code
def _score(
    code: Words, numbers: Words, planes: Words, n: int, lanes: int, words: int, shift: int
) -> None:
    """Add the points of every preference that fires, by lane."""
    for lane in range(lanes):
        numbers[code[op.SCORES] * n + lane] = 0
    for word in range(words):
        first = word << 6
        scores, size = code[op.SCORES] * n + first, min(64, lanes - first)
        at = code[op.FIXED]
        for item in range(at, at + 2 * code[op.FIXED_COUNT], 2):
            bits, points = _bits(code, planes, code[item], n, word, words, shift), code[item + 1]
            if bits != 0:
                for i in range(size):
                    numbers[scores + i] += points & -((bits >> i) & 1)
        at = code[op.POINTS]
        for item in range(at, at + 4 * code[op.POINTS_COUNT], 4):
            bits, sign = _bits(code, planes, code[item], n, word, words, shift), code[item + 1]
            start, by = code[item + 2] * n, code[item + 3]
            if bits != 0 and by == 0:
                for i in range(size):
                    points = sign * numbers[start + first + i]
                    numbers[scores + i] += points & -((bits >> i) & 1)
            elif bits != 0:
                for i in range(size):
                    points = sign * numbers[start + ((first + i) >> by)]
                    numbers[scores + i] += points & -((bits >> i) & 1)


@in_machine_code
def _rank(
    code: Words,
    numbers: Words,
    planes: Words,
    out: Words,
    n: int,
    words: int,
    shift: int,
    active: int,
) -> None:
    """The permitted targets of each request by descending score, ties as they are declared."""
    targets, scores = code[op.TARGETS], code[op.SCORES] * n
    for request in range(n):
        at = request * (op.STRIDE + 2 * targets)
        order, by_target = at + op.STRIDE, at + op.STRIDE + targets
        first = request << shift
        allowed = _plane(code, planes, code[op.PERMITTED], n, first >> 6, words, shift)
        allowed = (allowed >> (first & 63)) & active
        count = 0
        for target in range(targets):
            score = numbers[scores + first + target]
            out[by_target + target] = score
            out[order + target] = -1
            if (allowed >> target) & 1:
                place = count
                while place > 0 and out[by_target + out[order + place - 1]] < score:
                    out[order + place] = out[order + place - 1]
                    place -= 1
                out[order + place] = target
                count += 1
        out[at + op.COUNT] = count


@in_machine_code
def _is_late(code: Words, known: Bytes, planes: Words, active: int) -> bool:
    """Whether something that is unknown decided what fired, of a single request."""
    given = 1
    for i in range(code[op.READ], code[op.READ] + code[op.READ_COUNT]):
        given &= known[code[i]]
    if given and not code[op.UNKNOWNS]:
        return False
    both = 0
    for i in range(code[op.ROOTS], code[op.ROOTS] + code[op.ROOTS_COUNT]):
        both |= planes[code[i]] & planes[code[i] ^ 1]
    return both & active & _lane_mask(code[op.SHIFT]) != 0


@in_machine_code
def _copy(
    code: Words,
    start: int,
    count: int,
    planes: Words,
    out: Words,
    at: int,
    n: int,
    words: int,
    shift: int,
) -> None:
    """The words of wanted planes, one after the other."""
    if n == 1:
        for i in range(start, start + count):
            out[at] = planes[code[i] >> 2] ^ -(code[i] & op.INVERTED)
            at += 1
        return
    for i in range(start, start + count):
        for word in range(words):
            out[at] = _plane(code, planes, code[i], n, word, words, shift)
            at += 1


@as_a_part
def _decide(
    code: Words, numbers: Words, known: Bytes, planes: Words, out: Words, n: int, active: int
) -> None:
    targets, shift = code[op.TARGETS], code[op.SHIFT]
    lanes = n << shift
    words = (lanes + 63) >> 6
    _run(code, code[op.RUNS], code[op.EARLY], numbers, known, planes, n, lanes, words, shift)
    _score(code, numbers, planes, n, lanes, words, shift)
    _rank(code, numbers, planes, out, n, words, shift, active)
    at = n * (op.STRIDE + 2 * targets)
    start = code[op.WANTED]
    _copy(code, start, code[op.WANTED_EARLY], planes, out, at, n, words, shift)
    is_late = n == 1 and _is_late(code, known, planes, active)
    out[op.IS_LATE] = int(is_late)
    if is_late:
        runs = code[op.RUNS] + 4 * code[op.EARLY]
        _run(code, runs, code[op.LATE], numbers, known, planes, n, lanes, words, shift)
        at += code[op.WANTED_EARLY]
        start += code[op.WANTED_EARLY]
        _copy(code, start, code[op.WANTED_LATE], planes, out, at, n, words, shift)


def decide(frame: Words) -> None:
    """Decide the requests of a frame, whose features are the first numbers.

    See `opcodes` for the frame, for the code, and for what is written to `out`.
    """
    _decide(
        words_at(frame[op.CODE_AT]),
        words_at(frame[op.NUMBERS_AT]),
        bytes_at(frame[op.KNOWN_AT]),
        words_at(frame[op.PLANES_AT]),
        words_at(frame[op.OUT_AT]),
        frame[op.REQUESTS],
        frame[op.ACTIVE],
    )


def compiled() -> list[tuple[bytes, str]]:
    """The machine code of `decide` for this processor, as an object file, and its name."""
    return [object_file(_SIGNATURE, decide)]


def object_file(signature: object, function: Callable[..., object]) -> tuple[bytes, str]:
    """The machine code of a function for this processor, and its name there."""
    made = _numba.cfunc(signature, error_model="numpy")(function)
    # numba has no public name for what it has compiled.
    return made._library._get_compiled_object(), made.native_name  # noqa: SLF001
