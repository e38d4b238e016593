"""The kernel: one fixed function that runs any decision program.  The only `import numba`.

Dual rail: each gate has a can-be-true and a can-be-false plane, 64 lanes in a word, which
is Kleene's logic for the price of two words.  Numbers are int64 with a byte each that says
whether they are known.  Nothing is allocated, and nothing is checked here: `assemble`
makes only code whose places are right.

`epol.engine.kernel.load` runs it from the cache, without numba.
"""

from __future__ import annotations

from epol.engine.kernel import opcodes as op
# numba's own types are partial, and what it makes of a function has none.
# pyright: basic
from numba import cfunc, njit, types  # type: ignore[import-untyped]

_WORDS = types.CPointer(types.int64)
_BYTES = types.CPointer(types.uint8)
SIGNATURE = types.void(_WORDS, _WORDS, _BYTES, _WORDS, _WORDS, types.int64, types.int64)


@njit(error_model="numpy")
def _lane_mask(shift):
    """The lanes of one request, in the lowest bits."""
    return -1 if shift == 6 else (1 << (1 << shift)) - 1


@njit(error_model="numpy")
def _write_uniform(planes, place, words, shift, request, true, false):
    """Set the planes of a gate on all lanes of a request; earlier requests come first."""
    lane = request << shift
    word, bit = lane >> 6, lane & 63
    mask = _lane_mask(shift) << bit
    if bit == 0:
        planes[place * words + word] = 0
        planes[(place + 1) * words + word] = 0
    if true:
        planes[place * words + word] |= mask
    if false:
        planes[(place + 1) * words + word] |= mask


@njit(error_model="numpy")
def _holds(relation, left, right):
    if relation == op.EQUAL:
        return left == right
    if relation == op.LESS:
        return left < right
    return left > right


@njit(error_model="numpy")
def _compare_value(code, at, count, numbers, known, planes, n, words, shift):
    for _ in range(count):
        place, offset, value, relation = code[at], code[at + 1] * n, code[at + 2], code[at + 3]
        for request in range(n):
            holds = _holds(relation, numbers[offset + request], value)
            is_known = known[offset + request] != 0
            _write_uniform(
                planes, place, words, shift, request, holds or not is_known,
                not (holds and is_known),
            )  # fmt: skip
        at += 4


@njit(error_model="numpy")
def _compare(code, at, count, numbers, known, planes, n, words, shift):
    for _ in range(count):
        place, left, right = code[at], code[at + 1] * n, code[at + 2] * n
        for request in range(n):
            holds = _holds(code[at + 3], numbers[left + request], numbers[right + request])
            is_known = known[left + request] & known[right + request] != 0
            _write_uniform(
                planes, place, words, shift, request, holds or not is_known,
                not (holds and is_known),
            )  # fmt: skip
        at += 4


@njit(error_model="numpy")
def _compare_lanes(code, at, count, numbers, known, planes, lanes, n, words):
    for _ in range(count):
        place, left, right = code[at], code[at + 1] * n, code[at + 3] * n
        left_shift, right_shift, relation = code[at + 2], code[at + 4], code[at + 5]
        for word in range(words):
            true, false = 0, 0
            for bit in range(min(64, lanes - (word << 6))):
                lane = (word << 6) + bit
                one, other = left + (lane >> left_shift), right + (lane >> right_shift)
                is_known = known[one] & known[other] != 0
                holds = _holds(relation, numbers[one], numbers[other])
                true |= int(holds or not is_known) << bit
                false |= int(not (holds and is_known)) << bit
            planes[place * words + word] = true
            planes[(place + 1) * words + word] = false
        at += 6


@njit(error_model="numpy")
def _member(code, at, count, numbers, known, planes, lanes, n, words):
    for _ in range(count):
        place, offset, shift, size = code[at], code[at + 1] * n, code[at + 2], code[at + 3]
        for word in range(words):
            true, false = 0, 0
            for bit in range(min(64, lanes - (word << 6))):
                one = offset + (((word << 6) + bit) >> shift)
                low, high = at + 4, at + 4 + size
                while low < high:
                    middle = (low + high) >> 1
                    if code[middle] < numbers[one]:
                        low = middle + 1
                    else:
                        high = middle
                holds = low < at + 4 + size and code[low] == numbers[one]
                is_known = known[one] != 0
                true |= int(holds or not is_known) << bit
                false |= int(not (holds and is_known)) << bit
            planes[place * words + word] = true
            planes[(place + 1) * words + word] = false
        at += 4 + size


@njit(error_model="numpy")
def _known(code, at, count, known, planes, lanes, n, words):
    for _ in range(count):
        place, offset, shift = code[at], code[at + 1] * n, code[at + 2]
        for word in range(words):
            true = 0
            for bit in range(min(64, lanes - (word << 6))):
                true |= int(known[offset + (((word << 6) + bit) >> shift)] != 0) << bit
            planes[place * words + word] = true
            planes[(place + 1) * words + word] = ~true
        at += 3


@njit(error_model="numpy")
def _and_two(code, at, count, planes, words):
    for _ in range(count):
        place, a, b = code[at] * words, code[at + 1], code[at + 2]
        a_true, a_false, b_true, b_false = a * words, (a ^ 1) * words, b * words, (b ^ 1) * words
        for word in range(words):
            planes[place + word] = planes[a_true + word] & planes[b_true + word]
            planes[place + words + word] = planes[a_false + word] | planes[b_false + word]
        at += 3


@njit(error_model="numpy")
def _and(code, at, count, planes, words):
    for _ in range(count):
        place, size = code[at] * words, code[at + 1]
        for word in range(words):
            true, false = -1, 0
            for i in range(at + 2, at + 2 + size):
                true &= planes[code[i] * words + word]
                false |= planes[(code[i] ^ 1) * words + word]
            planes[place + word] = true
            planes[place + words + word] = false
        at += 2 + size


@njit(error_model="numpy")
def _maybe(code, at, count, planes, words):
    for _ in range(count):
        place, a = code[at] * words, code[at + 1] * words
        for word in range(words):
            planes[place + word] = planes[a + word]
            planes[place + words + word] = ~planes[a + word]
        at += 2


@njit(error_model="numpy")
def _sum(code, at, count, numbers, known, n, lanes):
    for _ in range(count):
        offset, size = code[at] * n, code[at + 3]
        for i in range(n if code[at + 1] else lanes):
            total, is_known = code[at + 2], 1
            for term in range(at + 4, at + 4 + 3 * size, 3):
                one = code[term + 1] * n + (i >> code[term + 2])
                total += code[term] * numbers[one]
                is_known &= known[one]
            numbers[offset + i] = total
            known[offset + i] = is_known
        at += 4 + 3 * size


@njit(error_model="numpy")
def _scale(code, at, count, numbers, known, n, lanes):
    for _ in range(count):
        offset = code[at] * n
        for i in range(n if code[at + 1] else lanes):
            x = code[at + 2] * n + (i >> code[at + 3])
            above = code[at + 4] * n + (i >> code[at + 5])
            below = code[at + 6] * n + (i >> code[at + 7])
            times, by = numbers[above], numbers[below]
            whole, rest = numbers[x] // by, numbers[x] % by
            numbers[offset + i] = whole * times + (rest * times) // by
            known[offset + i] = known[x] & known[above] & known[below]
        at += 8


@njit(error_model="numpy")
def _extreme(code, at, count, numbers, known, n, lanes):
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


@njit(error_model="numpy")
def _choose(code, at, count, numbers, known, planes, n, lanes, words, shift):
    for _ in range(count):
        offset, literal = code[at] * n, code[at + 2]
        for i in range(n if code[at + 1] else lanes):
            lane = i << shift if code[at + 1] else i
            word, bit = lane >> 6, lane & 63
            true = (planes[literal * words + word] >> bit) & 1
            false = (planes[(literal ^ 1) * words + word] >> bit) & 1
            then = code[at + 3] * n + (i >> code[at + 4])
            other = code[at + 5] * n + (i >> code[at + 6])
            one = then if true else other
            numbers[offset + i] = numbers[one]
            known[offset + i] = known[one] if true != false else 0
        at += 7


@njit(error_model="numpy")
def _gather(code, at, count, numbers, known, n, shift):
    for _ in range(count):
        offset, size = code[at] * n, code[at + 1]
        for request in range(n):
            for target in range(size):
                one = code[at + 2 + target] * n + request
                lane = offset + (request << shift) + target
                numbers[lane] = numbers[one]
                known[lane] = known[one]
        at += 2 + size


@njit(error_model="numpy")
def _run(code, runs, count, numbers, known, planes, n, lanes, words, shift):  # noqa: C901
    for run in range(runs, runs + 3 * count, 3):
        name, size, at = code[run], code[run + 1], code[run + 2]
        if name == op.AND_TWO:
            _and_two(code, at, size, planes, words)
        elif name == op.AND:
            _and(code, at, size, planes, words)
        elif name == op.COMPARE_VALUE:
            _compare_value(code, at, size, numbers, known, planes, n, words, shift)
        elif name == op.COMPARE:
            _compare(code, at, size, numbers, known, planes, n, words, shift)
        elif name == op.COMPARE_LANES:
            _compare_lanes(code, at, size, numbers, known, planes, lanes, n, words)
        elif name == op.MEMBER:
            _member(code, at, size, numbers, known, planes, lanes, n, words)
        elif name == op.KNOWN:
            _known(code, at, size, known, planes, lanes, n, words)
        elif name == op.MAYBE:
            _maybe(code, at, size, planes, words)
        elif name == op.SUM:
            _sum(code, at, size, numbers, known, n, lanes)
        elif name == op.SCALE:
            _scale(code, at, size, numbers, known, n, lanes)
        elif name == op.EXTREME:
            _extreme(code, at, size, numbers, known, n, lanes)
        elif name == op.CHOOSE:
            _choose(code, at, size, numbers, known, planes, n, lanes, words, shift)
        elif name == op.GATHER:
            _gather(code, at, size, numbers, known, n, shift)


@njit(error_model="numpy")
def _score(code, numbers, planes, n, lanes, words):
    """Add the points of every preference that fires, by lane."""
    scores = code[op.SCORES] * n
    for lane in range(lanes):
        numbers[scores + lane] = 0
    at = code[op.POINTS]
    for _ in range(code[op.POINTS_COUNT]):
        literal, sign, offset, shift = code[at], code[at + 1], code[at + 2] * n, code[at + 3]
        for word in range(words):
            bits = planes[literal * words + word]
            if bits != 0:
                for lane in range(word << 6, min((word << 6) + 64, lanes)):
                    points = sign * numbers[offset + (lane >> shift)]
                    numbers[scores + lane] += points * ((bits >> (lane & 63)) & 1)
        at += 4


@njit(error_model="numpy")
def _rank(code, numbers, planes, out, n, words, active):
    """The permitted targets of each request by descending score, ties as they are declared."""
    targets, shift, scores = code[op.TARGETS], code[op.SHIFT], code[op.SCORES] * n
    permitted = code[op.PERMITTED] * words
    for request in range(n):
        at = request * (op.STRIDE + 2 * targets)
        order, by_target = at + op.STRIDE, at + op.STRIDE + targets
        first = request << shift
        allowed = (planes[permitted + (first >> 6)] >> (first & 63)) & active
        count = 0
        for target in range(targets):
            score = numbers[scores + first + target]
            out[by_target + target] = score
            if (allowed >> target) & 1:
                place = count
                while place > 0 and out[by_target + out[order + place - 1]] < score:
                    out[order + place] = out[order + place - 1]
                    place -= 1
                out[order + place] = target
                count += 1
        out[at + op.COUNT] = count


@njit(error_model="numpy")
def _is_unknown_somewhere(code, planes, words, active):
    """Whether something that is unknown decided what fired."""
    shift = code[op.SHIFT]
    lanes = active & _lane_mask(shift)
    size = 1 << shift
    while size < 64:
        lanes |= lanes << size
        size <<= 1
    for root in range(code[op.ROOTS], code[op.ROOTS] + code[op.ROOTS_COUNT]):
        literal = code[root]
        for word in range(words):
            both = planes[literal * words + word] & planes[(literal ^ 1) * words + word]
            if both & lanes != 0:
                return True
    return False


@njit(error_model="numpy")
def _copy(code, start, count, planes, out, at, words):
    """The words of wanted literals, one after the other."""
    for i in range(start, start + count):
        for word in range(words):
            out[at] = planes[code[i] * words + word]
            at += 1


@cfunc(SIGNATURE, error_model="numpy")
def decide(code, numbers, known, planes, out, n, active):
    """Decide `n` requests whose features are the first numbers.

    `active` has a bit for each target that is asked about.  See `opcodes` for the code
    and for what is written to `out`.
    """
    targets, shift = code[op.TARGETS], code[op.SHIFT]
    lanes = n << shift
    words = (lanes + 63) >> 6
    _run(code, code[op.RUNS], code[op.EARLY], numbers, known, planes, n, lanes, words, shift)
    _score(code, numbers, planes, n, lanes, words)
    _rank(code, numbers, planes, out, n, words, active)
    at = n * (op.STRIDE + 2 * targets)
    _copy(code, code[op.WANTED], code[op.WANTED_EARLY], planes, out, at, words)
    is_late = _is_unknown_somewhere(code, planes, words, active)
    out[op.IS_LATE] = int(is_late)
    if is_late:
        runs = code[op.RUNS] + 3 * code[op.EARLY]
        _run(code, runs, code[op.LATE], numbers, known, planes, n, lanes, words, shift)
        at += code[op.WANTED_EARLY] * words
        start = code[op.WANTED] + code[op.WANTED_EARLY]
        _copy(code, start, code[op.WANTED_LATE], planes, out, at, words)


def compiled() -> tuple[bytes, str]:
    """The machine code of `decide` for this processor, as an object file, and its name."""
    return decide._library._get_compiled_object(), decide.native_name
