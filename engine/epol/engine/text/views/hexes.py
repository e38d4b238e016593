"""Runs of hex digits that hold text, decoded in place: `454d50…`, `45 4d 50…`, `0x45, 0x4d…`.

A run is decoded only if its bytes are plausible text (`plain`); numbers, hashes and
addresses stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from epol.engine.text.views.maps import Edit, Units
from epol.engine.text.views.plain import plain
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


def hex_edits(text: str) -> list[Edit]:
    """What is to be decoded, in order."""
    classes = text.encode("ascii", "replace").translate(DIGITS)
    edits = [*_contiguous(text, classes), *_separate(text, classes)]
    if "0x" in text or "0X" in text:
        for match in _PREFIXED.finditer(text):
            edits += _decoded(text, *match.span(), _Form(4, match[1]))
    return sorted(edits)


def _contiguous(text: str, classes: bytes) -> Iterator[Edit]:
    for run in _RUN.finditer(classes):
        start = run.start()
        prefix = text[max(0, start - 2) : start].lower()
        if prefix not in {"0x", "\\x"}:
            prefix = ""
        before = start - len(prefix)
        if before and _is_word(text[before - 1]):
            continue
        end = run.end()
        # Half a pair, or a letter behind it: it is a word or a number, not bytes.
        if (end - start) % 2 == 0 and not (end < len(text) and _is_word(text[end])):
            edits = _decoded(text, start, end, _Form(2))
            if prefix and edits and edits[0].start == start:
                yield Edit(before, start, "")
            yield from edits


def _separate(text: str, classes: bytes) -> Iterator[Edit]:
    for run in _PAIRS.finditer(classes):
        start = run.start()
        while start < run.end() and (match := _SEPARATE.search(text, start, run.end() + 1)):
            start = match.end()
            if not match.start() or not _is_word(text[match.start() - 1]):
                yield from _decoded(text, *match.span(), _Form(2, match[1]))


class _Form(NamedTuple):
    """How a byte is written: so many characters, and what stands between two."""

    width: int
    gap: str = ""


def _decoded(text: str, begin: int, end: int, form: _Form) -> list[Edit]:
    if not _TRIGGER.search(text, max(0, begin - 1), end + 1):
        return []
    run = text[begin:end]
    digits = run.replace(form.gap, "") if form.gap else run
    data = bytes.fromhex(digits.replace("0x", "").replace("0X", "") if form.width == 4 else digits)
    found = plain(data)
    if found is None:
        return []
    stride = form.width + len(form.gap)
    start = begin + found.start * stride
    end = begin + (found.end - 1) * stride + form.width
    return [Edit(start, end, found.text, Units(stride, form.width, 1, found.offsets))]


def _is_word(char: str) -> bool:
    return char.isascii() and char.isalnum()
