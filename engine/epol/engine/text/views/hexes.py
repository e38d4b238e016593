"""Runs of hex digits that hold text, decoded in place: `454d50…`, `45 4d 50…`, `0x45, 0x4d…`.

A run is decoded only if its bytes are plausible text (`plain`); numbers, hashes and
addresses stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from epol.engine.text.views.maps import Edit, Units
from epol.engine.text.views.plain import Plain, plain
from epol.engine.text.views.triggers import ANY, DIGITS

_HEX = "[0-9A-Fa-f]"
_SEPARATE = re.compile(
    rf"{_HEX}{{2}}([ :,;-]{{1,2}})(?:{_HEX}{{2}}\1){{4,}}{_HEX}{{2}}(?![0-9A-Za-z])"
)
_PREFIXED = re.compile(
    rf"0[xX]{_HEX}{{2}}([ :,;-]{{1,2}})(?:0[xX]{_HEX}{{2}}\1){{4,}}0[xX]{_HEX}{{2}}(?![0-9A-Za-z])"
)
_TRIGGER = ANY["hex"]
# In classes of characters: h for a hex digit, s for what separates pairs.
_RUN = re.compile(rb"hhhhhhhhhhhh+")
_PAIRS = re.compile(rb"hhs(?:s?hhs){4,}s?hh")


def hex_edits(text: str, noise: set[bytes]) -> list[Edit]:
    """What is to be decoded, in order. `noise` has bytes that are no text, and gets more."""
    classes = text.encode("ascii", "replace").translate(DIGITS)
    edits: list[Edit] = []
    for start, end, form in _runs(text, classes):
        if _TRIGGER.search(text, max(0, start - 1), end + 1):
            for low, high in _cuts(start, end, form):
                data = bytes.fromhex(form.digits(text[low:high]))
                found = None if data in noise else plain(data)
                if found is not None:
                    edits += _edits(text, low, form, found)
                    break
                noise.add(data)
    return sorted(edits)


def _cuts(start: int, end: int, form: _Form) -> tuple[tuple[int, int], ...]:
    """The ways to cut a run into pairs: a digit too many may stand at either end.

    The run itself may have been cut, where a text comes in pieces.
    """
    if form.gap:
        return ((start, end),)
    if (end - start) % 2:
        return (start, end - 1), (start + 1, end)
    return (start, end), (start + 1, end - 1)


def _runs(text: str, classes: bytes) -> Iterator[tuple[int, int, _Form]]:
    """Where runs begin and end, and how their bytes are written."""
    for run in _RUN.finditer(classes):
        start, end = run.span()
        # A letter beside it: it is a word, not bytes.
        if not _is_word(text[end : end + 1]):
            before = start - len(_prefix(text, start))
            if not _is_word(text[max(0, before - 1) : before]):
                yield start, end, _Form(2)
    for pairs in _PAIRS.finditer(classes):
        start, end = pairs.span()
        while start < end and (match := _SEPARATE.search(text, start, end + 1)):
            start = match.end()
            if _is_word(text[max(0, match.start() - 1) : match.start()]):
                # The end of a word is no pair; the next one may be.
                start = match.start() + 1
            else:
                yield *match.span(), _Form(2, match[1])
    if "0x" in text or "0X" in text:
        for match in _PREFIXED.finditer(text):
            yield *match.span(), _Form(4, match[1])


class _Form(NamedTuple):
    """How a byte is written: so many characters, and what stands between two."""

    width: int
    gap: str = ""

    def digits(self, run: str) -> str:
        """The digits alone."""
        digits = run.replace(self.gap, "") if self.gap else run
        return digits.replace("0x", "").replace("0X", "") if self.width == 4 else digits


def _prefix(text: str, start: int) -> str:
    before = text[max(0, start - 2) : start]
    return before if before in {"0x", "0X", "\\x"} else ""


def _edits(text: str, begin: int, form: _Form, found: Plain) -> Iterator[Edit]:
    """The run without the bytes that are no text, and without the prefix of the whole."""
    stride = form.width + len(form.gap)
    start = begin + found.start * stride
    end = begin + (found.end - 1) * stride + form.width
    if start == begin and not form.gap and (prefix := _prefix(text, begin)):
        yield Edit(begin - len(prefix), begin, "")
    yield Edit(start, end, found.text, Units(stride, form.width, 1, found.offsets))


def _is_word(char: str) -> bool:
    return char.isascii() and char.isalnum()
