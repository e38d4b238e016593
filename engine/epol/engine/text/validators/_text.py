"""How validators read a text: without separators, in capitals, and never a long one."""

from __future__ import annotations

import re

MAX_LENGTH = 64
"""Characters of the longest text that most validators look at; no identifier is longer."""

MAX_LONG = 1 << 20
"""Characters of the longest encoded text (base64, JWT) that is looked at."""

WHITE_SPACE = (
    *("\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680", *map(chr, range(0x2000, 0x200B))),
    "\u2028\u2029\u202f\u205f\u3000",
)
"""What `str.split` takes for white space."""

_DROPPED = str.maketrans("", "", "".join(WHITE_SPACE) + "-./\u2010\u2011\u2012\u2013\u2014\u2212")
_DROPPED_ASCII = bytes(code for code in _DROPPED if code < 0x80)
_ONE_DIGIT = re.compile(r"[^0-9]*([0-9])(?:[^0-9]*\1){5,}[^0-9]*")


def compact(value: str) -> str:
    """The text in capitals, without white space, dashes, dots and slashes.

    Empty for a text of more than `MAX_LENGTH` characters.
    """
    if len(value) > MAX_LENGTH:
        return ""
    if value.isascii():
        # Bytes are translated in a third of the time.
        return value.encode().translate(None, _DROPPED_ASCII).decode().upper()
    return value.translate(_DROPPED).upper()


def digits(value: str) -> str:
    """The text without separators if nothing but ASCII digits is left, else empty."""
    text = compact(value)
    return text if text.isdigit() and text.isascii() else ""


def placeholder(text: str) -> bool:
    """Whether the digits of a text, six or more, are all the same: 000 000 000.

    Many weighted sums accept such numbers, and forms and examples are full of them.
    """
    return _ONE_DIGIT.fullmatch(text) is not None
