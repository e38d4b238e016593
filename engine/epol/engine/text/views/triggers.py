"""Which steps may apply to a text.

A text in which no pattern of a step occurs is left unchanged by that step; the steps
themselves ask for more. The patterns are regular expressions that Hyperscan and Python
both read, without start of match. How they were chosen, and what they cost, is said beside
each kind.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_HEX = "[0-9A-Fa-f]"
_GAP = "[ :,;-]"
_CODE = "[A-Za-z0-9+/_-]"
_ASCII = f"[2-7]{_HEX}"

TRIGGERS: dict[str, tuple[str, ...]] = {
    # ASCII controls that are deleted; what isn't ASCII at all, its length in UTF-8 tells.
    # As one class of characters they cost more than all other triggers together.
    "controls": tuple(f"\\x{code:02x}" for code in (*range(32), 127) if code not in {9, 10, 13}),
    "json": (r"\\[\"\\/'nrtuUx]",),
    "percent": (rf"%{_HEX}{{2}}", rf"%u{_HEX}{{4}}"),
    "html": (r"&#[0-9xX]", r"&[A-Za-z][A-Za-z0-9]{1,31};"),
    # Text in base64 has a capital after a small letter or a digit nearly everywhere; each
    # three digits have the shape that the second pattern repeats, for runs so short that
    # hardly anything follows the capital.
    "base64": (
        rf"[a-z0-9][A-Z]{_CODE}{{5}}",
        r"(?:[MNO][DTjz][AEIMQUYcgk][w-z0-5]){2}",
    ),
    "hex": (
        # A decimal digit occurs early in any text in hex.
        rf"[0-9]{_HEX}{{11}}",
        # Pairs that stand apart: six in ASCII, which no date has; ASCII between controls or
        # the zeros of UTF-16; and two kinds of bytes of UTF-8 beyond ASCII.
        rf"{_ASCII}(?:{_GAP}{_ASCII}){{5}}",
        rf"{_ASCII}(?:, {_ASCII}){{5}}",
        rf"{_ASCII}(?:{_GAP}[017]{_HEX}{_GAP}{_ASCII}){{2}}",
        rf"{_GAP}[89]{_HEX}(?:{_GAP}{_HEX}{{2}}){{3}}{_GAP}",
        rf"[C-Ec-e][01289]{_GAP}[Aa]{_HEX}{_GAP}",
        rf"0[xX]{_HEX}{{2}}{_GAP}{{1,2}}0[xX]{_HEX}{{2}}",
    ),
}


class Hints(NamedTuple):
    """What is known to occur in a text: characters beyond ASCII, and triggers by kind."""

    non_ascii: bool = False
    controls: bool = False
    json: bool = False
    percent: bool = False
    html: bool = False
    base64: bool = False
    hex: bool = False


ANY = {kind: re.compile("|".join(patterns)) for kind, patterns in TRIGGERS.items()}
"""All triggers of each kind as one expression."""


THREE_DIGITS = re.compile(TRIGGERS["base64"][1])


def _table(classes: dict[str, str]) -> bytes:
    """A table for `bytes.translate`: each character becomes the name of its class."""
    table = bytearray(b" " * 256)
    for name, members in classes.items():
        for member in members:
            table[ord(member)] = ord(name)
    return bytes(table)


_SMALL = "abcdefghijklmnopqrstuvwxyz0123456789"
CASES = _table({"l": _SMALL, "u": _SMALL.upper()[:26], "o": "+/_-"})
"""Classes of the alphabets of base64: l for small letters and digits, u for capitals."""

DIGITS = _table({"h": "0123456789abcdefABCDEF", "s": " :,;-"})
"""Classes of runs in hex: h for its digits, s for what separates them."""

_PRINTABLE = bytes([9, 10, 13, *range(32, 127)])
_PAIRS = (b"h" * 12, b"s".join([b"hh"] * 6), b"ss".join([b"hh"] * 6))


def hints(text: str) -> Hints:
    """What occurs in a text. Never says less than a step asks for, and seldom more.

    Regular expressions search some 100 MB a second; a plain search in classes of characters
    is ten times as fast, and goes first.
    """
    data = text.encode("ascii", "replace")
    return Hints(
        not text.isascii(),
        bool(data.translate(None, _PRINTABLE)),
        "\\" in text and bool(ANY["json"].search(text)),
        "%" in text and bool(ANY["percent"].search(text)),
        "&" in text and bool(ANY["html"].search(text)),
        _may_have_base64(text, data),
        _may_have_hex(data),
    )


def _may_have_base64(text: str, data: bytes) -> bool:
    classes = data.translate(CASES)
    hit = classes.find(b"lu")
    while hit >= 0:
        behind = classes[hit + 2 : hit + 7].partition(b" ")[0]
        if len(behind) == 5:
            return True
        if len(behind) >= 3 and THREE_DIGITS.search(text, max(0, hit - 3), hit + 8):
            return True
        hit = classes.find(b"lu", hit + 1)
    return False


def _may_have_hex(data: bytes) -> bool:
    classes = data.translate(DIGITS)
    return any(pair in classes for pair in _PAIRS) or b"0x" in data or b"0X" in data
