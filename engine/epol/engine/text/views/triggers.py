"""Which steps may apply to a text.

A text in which no pattern of a step occurs is left unchanged by that step; the steps
themselves ask for more. The patterns are regular expressions that Hyperscan and Python
both read, without start of match. How they were chosen, and what they cost, is said beside
each kind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known to occur in a text: characters beyond ASCII, and triggers by kind."""

    non_ascii: bool = False
    controls: bool = False
    json: bool = False
    percent: bool = False
    html: bool = False
    base64: bool = False
    hex: bool = False

    def __or__(self, other: Hints) -> Hints:
        return Hints(
            self.non_ascii or other.non_ascii,
            self.controls or other.controls,
            self.json or other.json,
            self.percent or other.percent,
            self.html or other.html,
            self.base64 or other.base64,
            self.hex or other.hex,
        )

    def __bool__(self) -> bool:
        return self != NOTHING


NOTHING = Hints()

ANY = {kind: re.compile("|".join(patterns)) for kind, patterns in TRIGGERS.items()}
"""All triggers of each kind as one expression."""


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

_PAIRS = (b"h" * 12, b"s".join([b"hh"] * 6), b"ss".join([b"hh"] * 6))


def hints(text: str) -> Hints:
    """What occurs in a text. Never says less than the triggers, and seldom more.

    The regular expressions of Python read some 100 MB a second; a plain search in classes
    of characters reads ten times that, and goes first.
    """
    data = text.encode("ascii", "replace")
    return Hints(
        non_ascii=not text.isascii(),
        controls=True,
        json="\\" in text and bool(ANY["json"].search(text)),
        percent="%" in text and bool(ANY["percent"].search(text)),
        html="&" in text and bool(ANY["html"].search(text)),
        base64=b"lu" in data.translate(CASES) and bool(ANY["base64"].search(text)),
        hex=_may_have_hex(data),
    )


def _may_have_hex(data: bytes) -> bool:
    if b"0x" in data or b"0X" in data:
        return True
    classes = data.translate(DIGITS)
    return any(pair in classes for pair in _PAIRS)
