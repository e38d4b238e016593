"""Whether bytes are text, and which."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from epol.engine.text.views._arrays import fold, from_first, utf8_offsets, utf16_offsets

LEAST = 8
"""So many printable characters in a row are text, whatever few bytes stand around them."""

SHORT = 64
"""Up to so many bytes, `LEAST` are enough."""

CHANCE = 2000
"""Among more, a row counts only if one in about so many random inputs has one of its length."""


class Plain(NamedTuple):
    """Text in bytes: where it begins and ends, and where its characters do."""

    text: str
    start: int
    end: int
    offsets: Sequence[int] | None
    """From `start`, the byte at which each character begins, and their number; or one each."""
    score: int
    """How many of the bytes are good."""


TEXT = re.compile(
    rf"\A[^\ud800-\udfff]+\Z|[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]{{{LEAST}}}"
)
"""All bytes are UTF-8, or eight characters are and no controls."""

# Bytes that text has few of: all controls, as in UTF-16 tabs are digits of India's scripts.
_ODD = bytes([*range(32), 127])
_BAD = re.compile("[\ud800-\udfff]")
_STRANGE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\uf8ff\ufdd0-\ufdef\ufff0-\uffff]"
)
_PRINTABLE = bytes([9, 10, 13, *range(32, 127)])
_CLASSES = bytes(0x78 if byte in _PRINTABLE else 0x20 for byte in range(256))
_SMALL = 4096
_NO_CONTROLS = dict.fromkeys([*range(32), 127])
_MAX_FOLD = 18
"""No character folds to more."""


def plain(data: bytes, least: int = 6) -> Plain | None:
    """The text in some bytes, or None if they are hardly text.

    Text is what is UTF-8 or UTF-16 as a whole and has at least `least` bytes; no more
    than half of its characters are controls. Else it is what reaches from the first row of
    printable characters that is too long for chance, at least `LEAST`, to the last.
    """
    size = len(data)
    if size < least or (size > _SMALL and _is_noise(data)):
        return None
    text = data.decode("utf-8", "surrogateescape")
    if size <= SHORT and not TEXT.search(text) and not _varies_little(data):
        # Most short runs are keys: none of what follows would say anything else.
        return None
    readings = list[Plain]()
    if text.isascii() or not _BAD.search(text):
        odd = size - len(data.translate(None, _ODD))
        if odd * 10 <= size:
            return _whole(text, data)
        if odd * 2 <= size and size - odd >= least:
            readings.append(_whole(text, data))
    if _varies_little(data):
        readings += _utf16(data)
    if not readings:
        return _stretches(text, _longest_by_chance(data))
    # UTF-16 reads as UTF-8 too, with controls; what folds more to ASCII is meant.
    return max(readings, key=lambda reading: _plainness(reading.text))


def _varies_little(data: bytes) -> bool:
    """Whether some of the first bytes occur again and again, as in UTF-16."""
    first = data[:SHORT]
    return len(set(first)) * 4 <= len(first) * 3


def _is_noise(data: bytes) -> bool:
    """Whether many bytes have no row of ASCII that is too long for chance, and are no UTF-8.

    They are more than `_SMALL`. It says at little cost what `plain` would say, but for text
    beyond ASCII amid noise.
    """
    if b"x" * _longest_by_chance(data) in data.translate(_CLASSES):
        return False
    try:
        data[: _SMALL // 2].decode()
    except UnicodeDecodeError as error:
        return error.start < _SMALL // 2 - 4 and not any(_utf16(data[:_SMALL]))
    return False


def _whole(text: str, data: bytes) -> Plain:
    offsets = None if len(text) == len(data) else utf8_offsets(text)
    return Plain(text, 0, len(data), offsets, len(data))


def _plainness(text: str) -> float:
    """What share of a text, its controls included, folds to ASCII."""
    folded = fold(text, _MAX_FOLD * len(text))
    shown = folded.text if folded else text
    controls = len(text) - len(text.translate(_NO_CONTROLS))
    ascii_only = shown.encode("ascii", "ignore").translate(None, _ODD)
    return len(ascii_only) / (len(shown) + controls)


def _stretches(text: str, least: int) -> Plain | None:
    """From the first long row of good characters to the last; other bytes become spaces."""
    found = [match.span() for match in _rows(least).finditer(text)]
    if not found:
        return None
    low, high = found[0][0], found[-1][1]
    offsets = utf8_offsets(text)
    score = sum(offsets[stop] - offsets[begin] for begin, stop in found)
    # A space may separate, and means nothing.
    shown = _BAD.sub(" ", text[low:high])
    return Plain(shown, offsets[low], offsets[high], from_first(offsets, low, high + 1), score)


def _longest_by_chance(data: bytes) -> int:
    """How long a row must be that is no chance.

    If a share of all bytes is printable, a row of r begins at one place in 1 / share^r.
    """
    if len(data) <= SHORT:
        return LEAST
    printable = len(data) - len(data.translate(None, _PRINTABLE))
    if 4 * printable >= 3 * len(data):
        return LEAST
    share = max(printable / len(data), 3 / 8)
    return max(LEAST, math.ceil(math.log(len(data) / SHORT * CHANCE) / -math.log(share)))


@lru_cache(maxsize=64)
def _rows(length: int) -> re.Pattern[str]:
    return re.compile(rf"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]{{{length},}}")


def _utf16(data: bytes) -> Iterator[Plain]:
    """The bytes as UTF-16, where the upper bytes of its characters vary little."""
    whole = data[: len(data) // 2 * 2]
    for order, upper in (("utf-16-le", data[1:64:2]), ("utf-16-be", data[0:64:2])):
        if len(upper) >= LEAST // 2 and len(set(upper)) * 3 <= len(upper) + 2:
            text = whole.decode(order, "replace")
            strange = len(text) - len(_STRANGE.sub("", text))
            if strange * 2 <= len(text):
                offsets = utf16_offsets(text)
                yield Plain(text, 0, len(whole), offsets, len(whole))
