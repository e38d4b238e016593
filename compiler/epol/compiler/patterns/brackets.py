"""Classes in brackets."""

from __future__ import annotations

import re

from epol.compiler.patterns import escapes
from epol.compiler.patterns.charset import NOTHING, CharSet, ScriptMixError, characters
from epol.compiler.patterns.folding import folded
from epol.compiler.patterns.named import POSIX_NAMES, posix
from epol.compiler.patterns.reader import CASELESS, UNICODE, Reader
from epol.compiler.patterns.tree import Chars
from epol.lang.diagnostics import did_you_mean

_POSIX = re.compile(r"\[:(\^?)([A-Za-z]*):\]")
_COLLATING = re.compile(r"\[([.=])[^\]\\]*?\1\]")
_BACKSPACE = 8

Item = int | CharSet


def bracketed(reader: Reader) -> Chars:
    """The class whose `[` is next."""
    start = reader.at
    reader.char()
    negated = reader.take("^")
    try:
        members = _members(reader, start)
        members = members.complement() if negated else members
    except ScriptMixError:
        cure = "write them as alternatives, `(?:[…]|[…])`"
        raise reader.unsupported(start, "a script beside a negated set", cure) from None
    if members.empty:
        raise reader.invalid(start, "no character is in this class")
    return Chars(start, reader.at, members)


def _members(reader: Reader, start: int) -> CharSet:
    sets: list[CharSet] = []
    pairs: list[tuple[int, int]] = []
    quoting, first = False, True
    while first or quoting or not reader.ahead("]"):
        if reader.done:
            raise _unclosed(reader, start)
        if reader.take("\\E"):
            quoting = False
        elif not quoting and reader.take("\\Q"):
            quoting = True
        else:
            item = _range(reader, quoting=quoting)
            sets.append(item) if isinstance(item, CharSet) else pairs.append(item)
            first = False
    reader.char()
    return _together(sets, pairs, nocase=CASELESS in reader.flags)


def _unclosed(reader: Reader, start: int) -> Exception:
    reader.at = start + 1
    first = reader.text.startswith(("[]", "[^]"), start)
    cure = "a `]` that stands first is a character of the class" if first else "close it with `]`"
    return reader.invalid(start, "a class is unterminated", cure)


def _together(sets: list[CharSet], pairs: list[tuple[int, int]], *, nocase: bool) -> CharSet:
    result = characters(pairs)
    if nocase:
        result = characters(folded(result.chosen))
    for members in sets:
        result = result.union(members)
    return result if sets or pairs else NOTHING


def _range(reader: Reader, *, quoting: bool) -> CharSet | tuple[int, int]:
    """One item of a class, or a range of two."""
    start = reader.at
    low = escapes.point(reader, start) if quoting else _item(reader)
    if isinstance(low, CharSet):
        return low
    if quoting or not reader.ahead("-") or reader.ahead("-]"):
        return low, low
    reader.char()
    if reader.done:
        return low, low
    high = _item(reader)
    if isinstance(high, CharSet):
        raise reader.invalid(start, "bad character range: it ends in a set", "write `\\-`")
    if high < low:
        raise reader.invalid(start, "bad character range: its end comes before its start")
    return low, high


def _item(reader: Reader) -> Item:
    start = reader.at
    if reader.take("\\"):
        return _escape(reader, start)
    named = reader.match(_POSIX)
    if named is not None:
        return _posix(reader, start, named)
    if reader.match(_COLLATING):
        cure = "write the characters that are meant"
        raise reader.unsupported(start, "a collating element", cure)
    return escapes.point(reader, start)


def _escape(reader: Reader, start: int) -> Item:
    point = escapes.character(reader, start)
    if point is not None:
        return point
    if reader.take("b"):
        return _BACKSPACE
    point = escapes.octal(reader)
    if point is not None:
        return point
    members = escapes.named_set(reader, start)
    if members is None:
        raise escapes.unknown(reader, start)
    return members


def _posix(reader: Reader, start: int, named: re.Match[str]) -> CharSet:
    negated, name = named.groups()
    flags = reader.flags
    members = posix(name, wide=UNICODE in flags, nocase=CASELESS in flags)
    if members is None:
        near = did_you_mean(name, POSIX_NAMES)
        raise reader.invalid(start, f"there is no class `[:{name}:]`", near)
    if CASELESS in flags and members.by_number:
        members = characters(folded(members.chosen))
    return members.complement() if negated else members
