"""Escapes: what may follow a backslash, inside a class and outside."""

from __future__ import annotations

import re

from epol.compiler.patterns.charset import CharSet
from epol.compiler.patterns.errors import PatternError
from epol.compiler.patterns.named import PLAIN, PROPERTY_NAMES, UNICODE, unicode_property
from epol.compiler.patterns.reader import UNICODE as WIDE
from epol.compiler.patterns.reader import Reader
from epol.lang.diagnostics import did_you_mean

REFERENCE = ("a back-reference", "write out what repeats, or check it with a validator")
RECURSION = ("recursion", "write out as many levels as are needed")

_LAST = 0x10FFFF
_LACKING = {
    "G": ("`\\G`", "leave it out; a text is searched once, from its start"),
    "K": ("`\\K`", "put what is meant into a group, `(?P<value>…)`"),
    "C": ("`\\C`", "write `.` for a character; a pattern sees no bytes"),
    "X": ("`\\X`", "write `\\P{M}\\p{M}*`"),
    "R": ("`\\R`", "write `(?:\\r\\n|\\v)`"),
    "N": ("`\\N`", "write `[^\\n]`"),
}
_CONTROLS = {"a": 7, "e": 27, "f": 12, "n": 10, "r": 13, "t": 9}
_HEX_NUMBER = re.compile(r"\{([0-9A-Fa-f]{1,8})\}|([0-9A-Fa-f]{1,2})")
_OCTAL_NUMBER = re.compile(r"\{([0-7]{1,11})\}()")
_ZERO = re.compile(r"0[0-7]{0,2}")
_OCTAL = re.compile(r"[0-7]{1,3}")
_NUMBER = re.compile(r"[1-9][0-9]*")
_PROPERTY = re.compile(r"\{(\^?)([^{}]*)\}|([A-Za-z])")
_NAMED_REFERENCE = re.compile(r"[gk](?:\{[^}]*\}|<[^>]*>|'[^']*'|[+-]?[0-9]+)|[gk]", re.IGNORECASE)
_CALL = re.compile(r"g(?:<[^>]*>|'[^']*')")


def character(reader: Reader, start: int) -> int | None:
    """The code point of an escape (the backslash is read) that stands for a character."""
    if reader.done:
        raise reader.invalid(start, "the backslash at its end escapes nothing", "write `\\\\`")
    if reader.ahead("x", "o"):
        return _numbered(reader, start)
    zero = reader.match(_ZERO)
    if zero is not None:
        return int(zero.group(), 8)
    next_ = reader.text[reader.at]
    if next_ in _CONTROLS:
        return _CONTROLS[reader.char()]
    if reader.take("c"):
        return _control(reader, start)
    if not (next_.isascii() and next_.isalnum()):
        return point(reader, start)
    return None


def point(reader: Reader, start: int) -> int:
    """The code point of the next character as it stands."""
    return _checked(reader, start, ord(reader.char()))


def _checked(reader: Reader, start: int, number: int) -> int:
    if number > _LAST:
        raise reader.invalid(start, "the last character is `\\x{10FFFF}`")
    if 0xD800 <= number <= 0xDFFF:
        raise reader.invalid(start, f"`\\x{{{number:X}}}` is half of a character (a surrogate)")
    return number


def _numbered(reader: Reader, start: int) -> int:
    r"""`\xHH`, `\x{H…}` or `\o{O…}`."""
    if reader.char() == "o":
        base, shape, kind, example = 8, _OCTAL_NUMBER, "octal", "\\o{101}"
    else:
        base, shape, kind, example = 16, _HEX_NUMBER, "hexadecimal", "\\x{41}"
    found = reader.match(shape)
    if found is None:
        cure = f"write `{example}` for `A`"
        raise reader.invalid(start, f"a character's {kind} number is missing", cure)
    return _checked(reader, start, int(found.group(1) or found.group(2), base))


def _control(reader: Reader, start: int) -> int:
    if reader.done or not " " <= reader.text[reader.at] <= "~":
        raise reader.invalid(start, "`\\c` needs an ASCII character behind it")
    return ord(reader.char().upper()) ^ 64


def octal(reader: Reader) -> int | None:
    """One to three octal digits, if they are next."""
    found = reader.match(_OCTAL)
    return None if found is None else int(found.group(), 8)


def named_set(reader: Reader, start: int) -> CharSet | None:
    r"""The set of `\d` and its like, or of a property, if that is next."""
    if reader.ahead("p", "P"):
        return _property(reader, start)
    letter = "" if reader.done else reader.text[reader.at]
    known = UNICODE if WIDE in reader.flags else PLAIN
    if letter.lower() not in known:
        return None
    reader.char()
    return known[letter] if letter in known else known[letter.lower()].complement()


def _property(reader: Reader, start: int) -> CharSet:
    negated = reader.char() == "P"
    named = reader.match(_PROPERTY)
    if named is None:
        raise reader.invalid(start, "a property's name is missing", "write `\\p{L}`")
    caret, braced, letter = named.groups()
    name = letter or braced
    found = unicode_property(name)
    if found is None:
        raise reader.unsupported(start, f"the property `\\p{{{name}}}`", _nearest(name))
    return found.complement() if negated != bool(caret) else found


def _nearest(name: str) -> str:
    """What a property's name may have been meant to be."""
    same = [known for known in PROPERTY_NAMES if known.lower() == name.lower()]
    if same:
        return f"did you mean `{same[0]}`?"
    general = "use a general category such as `\\p{L}` or a script such as `\\p{Greek}`"
    return did_you_mean(name, PROPERTY_NAMES) or general


def refuse_reference(reader: Reader, start: int, groups: int) -> int:
    """The octal escape that a number is if there are not so many groups; else an error."""
    at = reader.at
    number = reader.match(_NUMBER)
    if number is None:
        shape = _CALL if _CALL.match(reader.text, at) else _NAMED_REFERENCE
        reader.match(shape)
        raise reader.unsupported(start, *(RECURSION if shape is _CALL else REFERENCE))
    digits = number.group()
    if len(digits) > 1 and digits[0] < "8" and (len(digits) > 3 or int(digits) > groups):
        reader.at = at
        value = octal(reader)
        assert value is not None
        return value
    raise reader.unsupported(start, *REFERENCE)


def unknown(reader: Reader, start: int) -> PatternError:
    """The error of an escape that means nothing here."""
    letter = reader.char()
    if letter in _LACKING:
        return reader.unsupported(start, *_LACKING[letter])
    cure = "write `\\x{…}` with the character's number" if letter in "uU" else None
    return reader.invalid(start, f"`\\{letter}` is not an escape", cure)
