"""What may follow `(`: which kind of group it is, and which the scanner lacks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from epol.compiler.patterns.escapes import RECURSION, REFERENCE
from epol.compiler.patterns.reader import CASELESS, DOT_ALL, EXTENDED, MULTILINE, Reader

_LOOK = ("look-around", "use `left not CLASS` or `right not CLASS`")
_LACKING: tuple[tuple[str, tuple[str, str]], ...] = (
    (r"\(\?(?:<?[=!]|<?\*)", _LOOK),
    (r"\(\?>", ("an atomic group", "use a plain group `(?:…)`")),
    (r"\(\?\|", ("a branch reset", "use a plain group `(?:…)`")),
    (r"\(\?\(", ("a conditional group", "write two patterns")),
    (r"\(\?P=[^)]*", REFERENCE),
    (r"\(\?(?:R|&|P>|[+-]?[0-9])", RECURSION),
    (r"\(\?C", ("a callout", "leave it out")),
    (r"\(\*[A-Za-z_]", ("a verb `(*…)`", "leave it out; for Unicode classes use the flag `u`")),
)
_REFUSED = tuple((re.compile(shape), said) for shape, said in _LACKING)
_NAME = re.compile(r"\(\?(?:P?<([^>]*)>|'([^']*)')")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,31}")
_FLAGS = re.compile(r"\(\?([A-Za-z]*)(?:-([A-Za-z]*))?([:)])")
_INLINE = frozenset((CASELESS, DOT_ALL, MULTILINE, EXTENDED))
_ESCAPE_OR_CLASS = re.compile(r"\\.|\[\^?\]?(?:\\.|\[:\^?[a-z]*:\]|[^\]\\])*\]|[()]", re.DOTALL)


def count_groups(text: str) -> int:
    r"""How many groups capture; `\12` is a back-reference only if there are so many."""
    found = (match.start() for match in _ESCAPE_OR_CLASS.finditer(text) if match.group() == "(")
    return sum(not text.startswith("(?", at) or bool(_NAME.match(text, at)) for at in found)


@dataclass(frozen=True)
class Opening:
    """A group's beginning; with `bare` it is `(?i)`, which has no content of its own."""

    name: str | None
    capturing: bool
    bare: bool = False


def opening(reader: Reader, names: set[str]) -> Opening:
    """Step over a `(` with what belongs to it; flags it gives hold at once."""
    start = reader.at
    _refuse(reader, start)
    named = reader.match(_NAME)
    if named is not None:
        name = named.group(1) if named.group(2) is None else named.group(2)
        return Opening(_new_name(reader, start, name, names), capturing=True)
    flags = reader.match(_FLAGS)
    if flags is not None:
        return _set_flags(reader, start, flags)
    if reader.take("(?"):
        raise reader.invalid(start, "`(?` begins no group here")
    reader.char()
    return Opening(None, capturing=True)


def _refuse(reader: Reader, start: int) -> None:
    for shape, said in _REFUSED:
        if shape.match(reader.text, start):
            reader.at = _closed(reader.text, start)
            raise reader.unsupported(start, *said)


def _closed(text: str, start: int) -> int:
    """Where the group that begins at `start` ends, or the text."""
    depth = 0
    for found in _ESCAPE_OR_CLASS.finditer(text, start):
        depth += {"(": 1, ")": -1}.get(found.group(), 0)
        if depth == 0:
            return found.end()
    return len(text)


def _new_name(reader: Reader, start: int, name: str, names: set[str]) -> str:
    if not _WORD.fullmatch(name):
        raise reader.invalid(start, "a group's name is letters, digits and `_`, at most 32")
    if name in names:
        raise reader.invalid(start, f"two groups are called `{name}`", "write two patterns")
    names.add(name)
    return name


def _set_flags(reader: Reader, start: int, found: re.Match[str]) -> Opening:
    on, off, end = found.groups("")
    for flag in on + off:
        if flag not in _INLINE:
            cure = "inside a pattern, the flags are `i`, `s`, `m` and `x`"
            raise reader.unsupported(start, f"the inline flag `{flag}`", cure)
    reader.flags = (reader.flags | set(on)) - set(off)
    return Opening(None, capturing=False, bare=end == ")")
