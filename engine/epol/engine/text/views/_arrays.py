"""The door to numpy: texts as arrays of code points, folded without a loop over characters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from epol.engine.text.views.maps import Edit, Map, rewrite
from epol.engine.text.views.table import fold_table

Codes = NDArray[np.uint32]
Places = NDArray[np.intp]
Flags = NDArray[np.bool_]

_END = 0x110000
_DROP = _END
"""Stands for a code point that is deleted; those after it, for the texts of the table."""

_LIKE, _LETTER, _MARK, _LATIN = 0x7F, 0x100, 0x200, 0x400

_RARE = re.compile(r"[^\t\n\r -~]")
_CONTROLS = bytes({*range(32), 127} - {9, 10, 13})
_SHORT = 4096
_SPARSE = 64
"""So many characters beyond ASCII are folded faster one by one."""

_BEFORE, _AFTER = 40, 60
"""No trigger is longer: what changed makes one, if at all, within so many characters."""

_FEW = 64
"""So many edits are cheaper one by one than as arrays over the whole text."""

# Digits that ASCII letters look like, and so those that are folded to these letters.
_DIGITS = {"O": "0", "o": "0", "l": "1", "I": "1", "Z": "2", "S": "5", "B": "8"}


class Positions:
    """A map by array: the place each character comes from, each a single one."""

    __slots__ = ("origins",)

    def __init__(self, origins: Places) -> None:
        self.origins = origins

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The smallest span that covers a span that isn't empty."""
        return int(self.origins[start]), int(self.origins[end - 1]) + 1


class Folded(NamedTuple):
    """A folded text with its map."""

    text: str
    back: Map | None
    near: str
    """What stands around the changes, if they are few, else the text."""
    digits: str | None
    """The text with letters among digits read as digits, if that makes a difference."""


@dataclass(frozen=True, slots=True)
class _Tables:
    to: Codes
    """What becomes of each code point: another one, `_DROP`, or beyond it a text."""
    about: NDArray[np.uint16]
    """Of each of these: the ASCII character that it looks like, and flags."""
    lengths: Places
    texts: Codes
    digits: Codes
    """For each ASCII character the digit that it looks like, or 0."""


@cache
def _tables() -> _Tables:
    table = fold_table()
    to = np.arange(_END, dtype=np.uint32)
    about = np.zeros(_DROP + 1 + len(table.texts), dtype=np.uint16)
    for low, high, value in table.single:
        to[low : high + 1] = np.arange(value, value + high + 1 - low)
    for low, high in table.dropped:
        to[low : high + 1] = _DROP
    for at, (code, _) in enumerate(table.texts, _DROP + 1):
        to[code] = at
    for low, high in table.letters:
        about[low : high + 1] = _LETTER
    for low, high in table.marks:
        about[low : high + 1] = _MARK
    for low, high, value in table.likes:
        about[low : high + 1] = np.arange(value, value + high + 1 - low)
        for code in range(low, high + 1):
            about[code] |= _LETTER * chr(code).isalpha()
    about[[n for n in range(128) if chr(n).isalpha()]] = _LATIN
    digits = np.zeros(128, dtype=np.uint32)
    for letter, digit in _DIGITS.items():
        digits[ord(letter)] = ord(digit)
    lengths = np.array([len(text) for _, text in table.texts], dtype=np.intp)
    texts = _codes("".join(text for _, text in table.texts))
    return _Tables(to, about, lengths, texts, digits)


def _codes(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def _text(codes: Codes) -> str:
    return str(codes.astype("<u4", copy=False).tobytes(), "utf-32-le", "surrogatepass")


# --- folding -------------------------------------------------------------------------


def fold(text: str, limit: int) -> Folded | None:
    """Fold the characters of a text; None if nothing changes.

    Raises `OverflowError` if the result would be longer than `limit`.
    """
    if text.isascii() and len(data := text.encode()) == len(data.translate(None, _CONTROLS)):
        return None
    sparse = _sparse(text)
    if sparse is not None:
        return _by_few(text, sparse) if sparse else None
    codes, tables = _codes(text), _tables()
    # What isn't printable ASCII: below 0x20 the difference wraps around.
    at = ((codes - np.uint32(0x20)) > 0x5E).nonzero()[0]
    if not at.size:
        return None
    old = codes[at]
    new = tables.to[old]
    about = tables.about[new]
    digits: Flags | None = None
    if (about & (_LIKE | _MARK)).any():
        _drop_marks(at, new, about)
        digits = _fold_likes(codes, at, new, about)
    changed = (new != old).nonzero()[0]
    if not changed.size:
        return None
    return _Assembly(text, codes, at, new, changed, digits).made(limit)


def _sparse(text: str) -> list[Edit] | None:
    """The edits of a text with few characters beyond ASCII, each of which stands for itself.

    None where there are many, or where one is folded by what stands around it.
    """
    first = text[: 8 * _SPARSE]
    if len(first.encode("ascii", "ignore")) < len(first) - _SPARSE:
        return None
    edits: list[Edit] = []
    places = _rare_places(text)
    if len(places) > _SPARSE:
        return None
    for start in places:
        made, depends = becomes(text[start])
        if depends:
            around = text[max(0, start - 1) : start] + text[start + 1 : start + 2]
            # Alone among ASCII, a letter that looks like one is meant as one.
            if not made or not around.isascii():
                return None
        if made != text[start]:
            edits.append(Edit(start, start + 1, made))
    return edits


def _rare_places(text: str) -> list[int]:
    """Where characters stand that are neither printable ASCII nor white space."""
    if len(text) <= _SHORT:
        return [match.start() for match in _RARE.finditer(text)]
    codes = _codes(text)
    at = ((codes - np.uint32(0x20)) > 0x5E).nonzero()[0]
    found = codes[at]
    places: list[int] = at[(found != 9) & (found != 10) & (found != 13)].tolist()
    return places


@lru_cache(maxsize=4096)
def becomes(char: str) -> tuple[str, bool]:
    """What a character is folded to, and whether that depends on its neighbours."""
    tables = _tables()
    new = int(tables.to[ord(char)])
    about = int(tables.about[new])
    if about & _MARK:
        return "", True
    if about & _LIKE:
        like = chr(about & _LIKE)
        # Among digits it may be one of them.
        return ("" if like in _DIGITS else like), bool(about & _LETTER)
    if new == _DROP:
        return "", False
    return (fold_table().texts[new - _DROP - 1][1] if new > _DROP else chr(new)), False


def _by_few(text: str, edits: list[Edit]) -> Folded:
    made, back = rewrite(text, edits)
    shift, around = 0, list[str]()
    for edit in edits:
        place = edit.start + shift
        around.append(made[max(0, place - _BEFORE) : place + _AFTER])
        shift += len(edit.text) - 1
    return Folded(made, back, "\n".join(around), None)


def first_bytes(data: bytes) -> list[int]:
    """Where the characters beyond ASCII begin in UTF-8."""
    found: list[int] = (np.frombuffer(data, dtype=np.uint8) >= 0xC0).nonzero()[0].tolist()
    return found


def _drop_marks(at: Places, new: Codes, about: NDArray[np.uint16]) -> None:
    """Delete marks on ASCII characters and on their look-alikes."""
    mark = (about & _MARK) != 0
    if not mark.any():
        return
    index = np.arange(at.size)
    solid = ~(mark | (new == _DROP))
    base = np.maximum.accumulate(np.where(solid, index, -1))
    # With an ASCII character between, it is the base.
    touches = (at - at[base] == index - base) & (base >= 0)
    plain = (new < 0x80) | (new > _DROP) | ((about & _LIKE) != 0)
    new[mark & ((touches & plain[base]) | (~touches & (at != index)))] = _DROP


def _fold_likes(codes: Codes, at: Places, new: Codes, about: NDArray[np.uint16]) -> Flags | None:
    """Fold look-alikes: signs always, letters where their word isn't one of another script.

    A word of which a letter looks like no ASCII character, and which has no ASCII letter, is
    left as it is. Returns which were folded to letters that could be digits.
    """
    likes = (about & _LIKE).astype(np.uint32)
    found = likes != 0
    if not found.any():
        return None
    letter = (about & _LETTER) != 0
    if (found & letter).any():
        found &= ~letter | _foldable(codes, at, new, about)
    new[found] = likes[found]
    digits = found & letter & (_tables().digits[likes] != 0)
    return digits if digits.any() else None


def _foldable(codes: Codes, at: Places, new: Codes, about: NDArray[np.uint16]) -> Flags:
    """For each place, whether the letters of its word are to be folded."""
    member = ((about & (_LETTER | _MARK | _LATIN)) != 0) | (new == _DROP)
    begins = np.ones(at.size, dtype=np.bool_)
    begins[1:] = (np.diff(at) != 1) | ~member[1:] | ~member[:-1]
    word = np.cumsum(begins) - 1
    first = begins.nonzero()[0]
    last = np.append(first[1:], at.size) - 1
    foreign = np.bincount(word, ((about & _LETTER) != 0) & ((about & _LIKE) == 0)) > 0
    latin = np.bincount(word, (about & _LATIN) != 0) > 0
    plain = (_tables().about[np.append(codes, [0, 0])] & _LATIN) != 0
    latin |= plain[at[first] - 1] | plain[at[last] + 1]
    foldable: Flags = (~foreign | latin)[word]
    return foldable


@dataclass(frozen=True, slots=True)
class _Assembly:
    """Makes the folded text of what becomes of its characters."""

    text: str
    codes: Codes
    at: Places
    new: Codes
    changed: Places
    digits: Flags | None

    def made(self, limit: int) -> Folded:
        """Put it together."""
        special = (self.new >= _DROP).nonzero()[0]
        codes = self.codes.copy()
        codes[self.at] = self.new
        if not special.size:
            return self._finished(codes, None)
        if special.size <= max(_FEW, codes.size // 128) and self.digits is None:
            codes[self.at[special]] = 0
            return self._by_edits(_text(codes), special)
        return self._finished(*self._by_arrays(codes, special, limit))

    def _by_edits(self, text: str, special: Places) -> Folded:
        texts = fold_table().texts
        places = zip(self.at[special].tolist(), self.new[special].tolist(), strict=True)
        edits = [
            Edit(place, place + 1, "" if code == _DROP else texts[code - _DROP - 1][1])
            for place, code in places
        ]
        made, back = rewrite(text, edits)
        grown = np.cumsum([len(edit.text) - 1 for edit in edits])
        shift = np.append([0], grown)[np.searchsorted(special, self.changed)]
        return Folded(made, back, self._near(made, shift), None)

    def _by_arrays(self, codes: Codes, special: Places, limit: int) -> tuple[Codes, Positions]:
        tables, at, new = _tables(), self.at[special], self.new[special]
        counts = np.ones(codes.size, dtype=np.intp)
        counts[at[new == _DROP]] = 0
        counts[at[new > _DROP]] = lengths = tables.lengths[new[new > _DROP] - _DROP - 1]
        if counts.sum() > limit:
            raise OverflowError
        origins = np.repeat(np.arange(codes.size), counts)
        made = codes[origins]
        if lengths.size:
            inside = _ranges(lengths)
            ends = np.cumsum(counts)[at[new > _DROP]]
            sources = (np.cumsum(tables.lengths) - tables.lengths)[new[new > _DROP] - _DROP - 1]
            made[np.repeat(ends - lengths, lengths) + inside] = tables.texts[
                np.repeat(sources, lengths) + inside
            ]
        return made, Positions(origins)

    def _finished(self, codes: Codes, back: Positions | None) -> Folded:
        text = _text(codes)
        digits = self._as_digits(codes, back) if self.digits is not None else None
        near = text if back else self._near(text, np.zeros(self.changed.size, dtype=np.intp))
        return Folded(text, back, near, digits)

    def _near(self, text: str, shift: Places) -> str:
        """A trigger that changes made occurs here: none is longer than 40 characters."""
        if self.changed.size > min(_FEW, len(text) // (_BEFORE + _AFTER)):
            return text
        places = (self.at[self.changed] + shift).tolist()
        return "\n".join(text[max(0, place - _BEFORE) : place + _AFTER] for place in places)

    def _as_digits(self, codes: Codes, back: Positions | None) -> str | None:
        flags = np.zeros(self.codes.size, dtype=np.bool_)
        flags[self.at[self.digits]] = True
        if back:
            flags = flags[back.origins]
        return _among_digits(codes, flags)


def _ranges(lengths: Places) -> Places:
    """0, 1, … up to each of some lengths, one after the other."""
    starts = np.cumsum(lengths) - lengths
    return np.arange(int(lengths.sum())) - np.repeat(starts, lengths)


def _among_digits(codes: Codes, flags: Flags) -> str | None:
    """Read runs of marked letters as digits where digits touch them and no letter does."""
    at = flags.nonzero()[0]
    begins = np.ones(at.size, dtype=np.bool_)
    begins[1:] = np.diff(at) != 1
    first = begins.nonzero()[0]
    last = np.append(first[1:], at.size) - 1
    around = np.append(codes, np.array([0, 0], dtype=np.uint32))
    left, right = around[at[first] - 1], around[at[last] + 1]
    taken = (_is_digit(left) & ~_is_letter(right)) | (_is_digit(right) & ~_is_letter(left))
    if not taken.any():
        return None
    at = at[taken[np.cumsum(begins) - 1]]
    made = codes.copy()
    made[at] = _tables().digits[codes[at]]
    return _text(made)


def _is_digit(codes: Codes) -> Flags:
    return (codes - np.uint32(0x30)) < 10


def _is_letter(codes: Codes) -> Flags:
    letter: Flags = (_tables().about[codes] & (_LETTER | _LATIN)) != 0
    return letter


# --- offsets of characters -----------------------------------------------------------


def utf8_offsets(text: str) -> Sequence[int]:
    """The byte at which each character of a text begins in UTF-8, and their number.

    A lone surrogate stands for a byte that isn't UTF-8 (`surrogateescape`).
    """
    codes = _codes(text)
    lengths = np.ones(codes.size, dtype=np.intp)
    for first in (0x80, 0x800, 0x10000):
        lengths += codes >= first
    lengths[(codes >= 0xD800) & (codes < 0xE000)] = 1
    return _sums(lengths)


def utf16_offsets(text: str) -> Sequence[int]:
    """The byte at which each character of a text begins in UTF-16, and their number."""
    return _sums(2 + 2 * (_codes(text) > 0xFFFF).astype(np.intp))


def places_of_digits(text: str) -> Sequence[int]:
    """The places of the characters of a text that aren't white space."""
    return (_codes(text) > 0x20).nonzero()[0].data


def from_first(places: Sequence[int], first: int, end: int) -> Sequence[int]:
    """Some of a row of places, counted from the first of them."""
    chosen: Places = np.asarray(places, dtype=np.intp)[first:end]
    counted: Places = chosen - chosen[0]
    return counted.data


def padded(offsets: Sequence[int], before: int, after: int) -> Sequence[int]:
    """Offsets once so many bytes stand before and after, a character each."""
    inner = np.asarray(offsets) + before
    return np.concatenate([np.arange(before), inner, inner[-1] + 1 + np.arange(after)]).data


def _sums(lengths: Places) -> Sequence[int]:
    return np.append(0, np.cumsum(lengths)).data
