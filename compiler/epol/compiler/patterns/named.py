r"""Sets that have a name: `\d`, `[:alpha:]`, `\p{Greek}`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from epol.compiler.patterns.charset import CharSet, category, characters, script
from epol.compiler.patterns.properties import NAMED, SCRIPTS


def _any(*sets: CharSet) -> CharSet:
    return reduce(CharSet.union, sets)


def _in(*groups: str) -> CharSet:
    return category(frozenset[str]().union(*(NAMED[group] for group in groups)))


def _span(*pairs: str) -> CharSet:
    """The characters of some ranges, each written as its ends: `az`."""
    return characters((ord(pair[0]), ord(pair[-1])) for pair in pairs)


_DIGIT = _span("09")
_ALPHA = _span("az", "AZ")
_WORD = _any(_DIGIT, _ALPHA, _span("_"))
_SPACE = _span("\t\r", " ")
_HORIZONTAL = _span(
    "\t", " ", "\xa0", "\u1680", "\u180e", "\u2000\u200a", "\u202f", "\u205f", "\u3000"
)
_VERTICAL = _span("\n\r", "\x85", "\u2028\u2029")

PLAIN: Mapping[str, CharSet] = {
    "d": _DIGIT,
    "w": _WORD,
    "s": _SPACE,
    "h": _HORIZONTAL,
    "v": _VERTICAL,
}
r"""The sets of `\d` and its like; a capital is the complement."""

UNICODE: Mapping[str, CharSet] = {
    **PLAIN,
    "d": _in("Nd"),
    "w": _any(_in("L", "N"), _span("_")),
    "s": _any(_in("Z"), _span("\t\r", "\x85")),
}
"""The same with the flag `u`."""

_ASCII_POSIX: Mapping[str, CharSet] = {
    "alnum": _any(_ALPHA, _DIGIT),
    "alpha": _ALPHA,
    "ascii": _span("\0\x7f"),
    "blank": _span("\t", " "),
    "cntrl": _span("\0\x1f", "\x7f"),
    "digit": _DIGIT,
    "graph": _span("!~"),
    "lower": _span("az"),
    "print": _span(" ~"),
    "punct": _span("!/", ":@", "[`", "{~"),
    "space": _SPACE,
    "upper": _span("AZ"),
    "word": _WORD,
    "xdigit": _span("09", "AF", "af"),
}
_UNICODE_POSIX: Mapping[str, CharSet] = {
    **_ASCII_POSIX,
    "alnum": _in("L", "N"),
    "alpha": _in("L"),
    "blank": _HORIZONTAL,
    "cntrl": _in("Cc"),
    "digit": UNICODE["d"],
    "graph": _in("L", "M", "N", "P", "S", "Cf"),
    "lower": _in("Ll"),
    "print": _in("L", "M", "N", "P", "S", "Cf", "Zs"),
    "punct": _any(_in("P"), _span("$", "+", "<", ">", "^", "`", "|", "~", "=")),
    "space": UNICODE["s"],
    "upper": _in("Lu"),
    "word": UNICODE["w"],
}
POSIX_NAMES = tuple(_ASCII_POSIX)
PROPERTY_NAMES = (*NAMED, "Xwd", "Xsp", "Xps", *sorted(SCRIPTS))
_OTHER = {"Xwd": UNICODE["w"], "Xsp": UNICODE["s"], "Xps": UNICODE["s"]}


def posix(name: str, *, wide: bool, nocase: bool) -> CharSet | None:
    """The set of `[:name:]`; `wide` with the flag `u`.  Without case, letters are of any."""
    if wide and nocase and name in ("lower", "upper"):
        return _in("L&")
    return (_UNICODE_POSIX if wide else _ASCII_POSIX).get(name)


def unicode_property(name: str) -> CharSet | None:
    r"""The set of `\p{name}`, whatever the flags: caseless or not, `Lu` is capitals."""
    if name in SCRIPTS:
        return script(name)
    return category(NAMED[name]) if name in NAMED else _OTHER.get(name)
