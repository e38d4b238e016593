"""Runs of base64 that hold text, decoded in place.

Both alphabets, with and without padding, whole or in lines, and glued to a path before
them. A run is decoded only if its bytes are plausible text (`plain`); keys, hashes and
words in mixed case stay as they are.
"""

from __future__ import annotations

import re
import string
from array import array
from binascii import a2b_base64
from collections.abc import Sequence
from typing import NamedTuple

from epol.engine.kernel.load import loaded_automata
from epol.engine.kernel.runs_words import NONE
from epol.engine.text.views._arrays import from_first, padded, places_of_digits
from epol.engine.text.views.maps import Edit, Units
from epol.engine.text.views.plain import TEXT, Plain, plain
from epol.engine.text.views.triggers import ANY, CASES, THREE_DIGITS

_TRIGGER = ANY["base64"]
_LEAST = 8
_LINE = 16
_WRAPPED = re.compile(
    rf"[A-Za-z0-9+/_-]{{{_LINE},}}(?:\r?\n[ \t]{{0,8}}(?:[A-Za-z0-9+/_-]+|(?==)))+"
)
_STANDARD = bytes.maketrans(b"-_", b"+/")
_GAPS = b" \t\r\n"

# Six bytes of ASCII in base64, or three characters of ASCII in UTF-16: of each of the first
# three digits of a group, some bits are the upper ones of a byte.
_ASCII = re.compile(
    rb"(?:[ACDI-Za-f][ACD-HQS-Xgi-nwyz0-3][ABEFIJMNQRUVYZcdghkloptswx014589][A-Za-z0-9+/_-]){2}"
)
_DIGIT = re.compile(rb"[0-9]")
# Text beyond ASCII takes more bytes, and some of its digits of base64 are decimal, unless every
# other character is the same.
_LEAST_BEYOND = 12
_LEAST_UNLIKE_A_NAME = 24


_LONG = 8192

_MOST_AGAIN = 8
"""So many times as much as a text has is read of runs in lines; then each line counts alone."""


class _Run(NamedTuple):
    """Digits of base64 in its standard alphabet, where they begin, and the place of each if
    there are gaps."""

    digits: bytes
    start: int
    places: Sequence[int] | None = None


class Decoded(NamedTuple):
    """What is to be decoded, in order, and whether some of it is a run in lines."""

    edits: list[Edit]
    in_lines: bool


def base64_edits(text: str, noise: set[bytes], *, by_line: bool = False) -> Decoded:
    """What is to be decoded. `noise` has runs that hold no text, and gets more.

    Lines that follow each other are one run if they are text together; `by_line` reads each by
    itself, for values may stand below each other.
    """
    edits, runs = list[Edit](), list[_Run]()
    budget = _MOST_AGAIN * len(text)
    data = text.encode("ascii", "replace").translate(_STANDARD)
    classes = data.translate(CASES)
    end = judged = 0
    while (hit := classes.find(b"lu", end)) >= 0:
        start = max(end, classes.rfind(b" ", end, hit) + 1)
        end = classes.find(b" ", hit)
        end = end if end >= 0 else len(classes)
        if end - start < _LEAST:
            continue
        edit = None
        if start >= judged and not by_line and budget >= 0:
            # Once for a block, not once a line: most are files, and no text.
            edit, judged, read = _wrapped(text, data, start, end)
            budget -= read
            if edit is None and judged - start > _LONG // 8:
                # A file, not text: its lines are no better than the whole.
                end = judged
                continue
        if edit is not None:
            edits.append(edit)
            end = max(end, edit.end)
        elif end - hit > 6 or THREE_DIGITS.search(text, start, end):
            runs.append(_Run(data[start:end], start))
    runs = [run for run in runs if run.digits not in noise]
    found = {run: _best(text, run) for run in _likely(runs)}
    noise.update(run.digits for run in runs if found.get(run) is None)
    singles = [edit for edit in found.values() if edit is not None]
    return Decoded(sorted([*edits, *singles]), bool(edits))


def may_hold_text(data: bytes) -> bool:
    """Whether `base64_edits` may have edits for a text in ASCII, or it `has_unread_run`.

    Machine code tells of most texts that they do not, where there is some.
    """
    library = loaded_automata()
    if library is None or len(data) >= _LONG:
        return True
    frame = array("q", (len(data), _VALUES_AT))
    return library.may_hold_text(data, frame.buffer_info()[0]) != 0


_VALUES = array("B", [NONE]) * 256
for _last in ("+/", "-_"):
    _digits = string.ascii_uppercase + string.ascii_lowercase + string.digits + _last
    for _value, _code in enumerate(_digits.encode()):
        _VALUES[_code] = _value
_VALUES_AT = _VALUES.buffer_info()[0]
"""RFC 4648, sections 4 and 5: what each digit stands for."""


def has_unread_run(text: str) -> bool:
    """Whether a text still holds a run that is longer than a key: a file, an image, noise.

    The longest that people send beside text are signatures of 8,192 bits (1,366 digits).
    """
    runs = text.encode("ascii", "replace").translate(_RUNS)
    if _LONGEST_KEY in runs:
        return True
    return _LINE_OF_FILE in runs and bool(_LINES.search(text))


_LONGEST_KEY, _LINE_OF_FILE = b"x" * 1367, b"x" * 60
_LINES = re.compile(r"(?:[A-Za-z0-9+/_-]{60,}\r?\n[ \t]{0,8}){18}")
_RUNS = CASES.translate(bytes(0x20 if byte == 0x20 else 0x78 for byte in range(256)))


def _likely(runs: list[_Run]) -> list[_Run]:
    """The runs that may be text; many are told from names and noise together."""
    runs = [run for run in runs if _is_likely(run.digits)]
    if len(runs) < _MANY:
        return runs
    likely: set[int] = set()
    for shift in range(4):
        joined = a2b_base64(_SEPARATOR.join([_padded(run.digits, shift) for run in runs]))
        texts = joined.decode("utf-8", "surrogateescape").split(_BETWEEN_TEXTS)
        if len(texts) != len(runs):
            return runs
        likely |= {
            at
            for at, (text, data) in enumerate(zip(texts, joined.split(_BETWEEN), strict=True))
            if text.isascii() or len(set(data)) * 4 <= len(data) * 3 or TEXT.search(text)
        }
    return [runs[at] for at in sorted(likely)]


_MANY = 8
# Eight digits that are six bytes of no text.
_SEPARATOR, _BETWEEN, _BETWEEN_TEXTS = b"/" * 8, b"\xff" * 6, "\udcff" * 6


def _padded(digits: bytes, shift: int) -> bytes:
    """Whole groups: zeros after the last bytes, or none for half a byte."""
    rest = (len(digits) - shift) % 4
    return digits[shift:-1] if rest == 1 else digits[shift:] + b"AAA"[: -rest % 4]


def _is_likely(digits: bytes) -> bool:
    size = len(digits)
    if size >= _LEAST_UNLIKE_A_NAME or (size >= _LEAST_BEYOND and _DIGIT.search(digits)):
        return True
    return _ASCII.search(digits) is not None


def _wrapped(text: str, data: bytes, start: int, end: int) -> tuple[Edit | None, int, int]:
    """A run in lines that is text, the end of what was judged, and how much was read.

    A word may stand below a run, or a line above it, that is none of it: bytes that are no
    text. Then the lines before the first of those are the run, if they are two or more, and
    what follows is judged anew.
    """
    if end - start < _LINE or text[end : end + 1] not in {"\r", "\n"}:
        return None, 0, 0
    block = _WRAPPED.match(text, start)
    if block is None or not _TRIGGER.search(text, start, block.end()):
        return None, block.end() if block else 0, 0
    size = block.end() - start
    digits = data[start : block.end()].translate(None, _GAPS)
    found = plain(_bytes(digits))
    if found is None:
        return None, block.end(), size
    places, last = places_of_digits(block[0]), block.end()
    if found.start or found.end < len(digits) * 3 // 4:
        last = start + _lines_within(block[0], digits, places, found)
        if last <= end:
            return None, end, size
        digits = data[start:last].translate(None, _GAPS)
        found = plain(_bytes(digits))
        if found is None:
            return None, end, size
    return _edit(text, _Run(digits, start, places), 0, found), last, size


def _lines_within(block: str, digits: bytes, places: Sequence[int], found: Plain) -> int:
    """Where the last line ends of which all is text, from the first on; 0 if there is none."""
    if found.start >= 3:
        return 0
    # A last group that is half of one line and half of the next is the next one's.
    last = min(4 * (found.end // 3), len(digits) - 1)
    return max(0, block.rfind("\n", 0, places[last])) if last < len(digits) else len(block)


def _best(text: str, run: _Run) -> Edit | None:
    """What is text at one of the four ways to cut a run into groups, or behind a path."""
    best, cut = None, 0
    for shift in range(min(4, len(run.digits) - _LEAST + 1)):
        digits = run.digits[shift:]
        if shift and len(digits) > _LONG and not _begins_or_ends_as_text(digits):
            continue
        found = plain(_bytes(digits))
        if found and (best is None or found.score > best.score):
            best, cut = found, shift
            if found.score == len(run.digits) * 3 // 4:
                return _edit(text, run, cut, best)
    if best is not None and not best.text.isascii():
        # A path decodes too, and what it gives would stick to the text behind it.
        behind = 1 + max(run.digits.rfind(b"/"), run.digits.rfind(b"+"))
        found = plain(_bytes(run.digits[behind:]))
        if found and found.text.isascii() and found.end - found.start == found.score:
            best, cut = found, behind
    return best and _edit(text, run, cut, best)


def _begins_or_ends_as_text(digits: bytes) -> bool:
    """Whether a long run is worth to be read whole from a digit that is not its first."""
    tail = digits[len(digits) // 4 * 4 - _LONG // 4 :]
    return bool(plain(_bytes(digits[: _LONG // 4])) or plain(_bytes(tail)))


def _bytes(digits: bytes) -> bytes:
    """What digits stand for; a single one that is left over stands for nothing."""
    whole = digits[:-1] if len(digits) % 4 == 1 else digits
    return a2b_base64(whole + b"==="[: -len(whole) % 4])


def _edit(text: str, run: _Run, shift: int, found: Plain) -> Edit:
    """The groups that hold the text that was found."""
    size = len(run.digits) - shift
    size -= size % 4 == 1
    first, last = found.start // 3, -(-found.end // 3)
    begin, end = shift + 4 * first, shift + min(4 * last, size)
    total = size * 3 // 4
    before, after = found.start - 3 * first, min(3 * last, total) - found.end
    shown, offsets = found.text, found.offsets
    if before or after:
        shown = "\ufffd" * before + shown + "\ufffd" * after
        offsets = padded(found.offsets or [], before, after)
    if run.places is None:
        units, start, stop = Units(4, 4, 3, offsets), run.start + begin, run.start + end
    else:
        origin = run.places[begin]
        units = Units(4, 4, 3, offsets, from_first(run.places, begin, end))
        start, stop = run.start + origin, run.start + run.places[end - 1] + 1
    if end == len(run.digits):
        stop += len(text[stop : stop + 2]) - len(text[stop : stop + 2].lstrip("="))
    return Edit(start, stop, shown, units)
