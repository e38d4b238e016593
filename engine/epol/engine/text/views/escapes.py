"""Escapes undone in place: those of JSON and programming languages, of URLs, and of HTML.

What isn't a valid escape is left alone. Adjacent escapes of one sort are decoded as a run,
in one call.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html.entities import html5
from itertools import accumulate

from epol.engine.text.views._arrays import utf8_offsets, utf16_offsets
from epol.engine.text.views.maps import SAME, Pieces, Units

Decoded = tuple[str, Units | None]
Step = tuple[str, Pieces]

_HEX = "[0-9A-Fa-f]"
_MORE = f"%[89ABab]{_HEX}"


def _run(prefix: str, *items: str) -> str:
    """Items one after the other. That all begin alike makes a search fast."""
    item = f"(?:{'|'.join(items)})"
    return f"{item}(?:{prefix}{item})*"


JSON = re.compile(
    r"(\\(?:"
    + "|".join([
        _run(r"\\", r"[\"\\/'nrt]"),
        _run(r"\\", f"u{_HEX}{{4}}"),
        # Before more digits, \x begins a whole run in hex.
        _run(r"\\", f"x{_HEX}{{2}}(?!{_HEX}{{6}})"),
        f"U{_HEX}{{8}}",
        rf"u\{{{_HEX}{{1,6}}\}}",
    ])
    + "))"
)  # fmt: skip
# Well-formed UTF-8, table 3-7 of the Unicode Standard, as percent escapes.
_UTF8 = (
    f"[0-7]{_HEX}",
    f"(?:[Cc][2-9A-Fa-f]|[Dd]{_HEX}){_MORE}",
    f"[Ee](?:0%[ABab]|[Dd]%[89]|[1-9A-CEFa-cef]%[89ABab]){_HEX}{_MORE}",
    f"[Ff](?:0%[9ABab]|4%8|[1-3]%[89ABab]){_HEX}{_MORE}{_MORE}",
)
PERCENT = re.compile(f"(%(?:{_run('%', *_UTF8)}|{_run('%', f'u{_HEX}{{4}}')}))")
HTML = re.compile(
    "(&(?:"
    + "|".join([
        _run("&", "#[0-9]{1,12};"),
        _run("&", f"#[xX]{_HEX}{{1,12}};"),
        f"#(?:[0-9]{{1,12}}|[xX]{_HEX}{{1,12}})",
        "[A-Za-z][A-Za-z0-9]{1,31};",
    ])
    + "))"
)  # fmt: skip

_SIMPLE = str.maketrans("nrt", "\n\r\t")


def unescape(
    text: str, pattern: re.Pattern[str], decode: Callable[[str], Decoded], most: int
) -> Step | None:
    """Decode what a pattern finds; None if that changes nothing.

    Raises `OverflowError` if there are more than `most` finds.
    """
    before = pattern.split(text, most + 1)
    if len(before) > 2 * most + 1:
        raise OverflowError
    after, units = before.copy(), dict[int, Units]()
    known: dict[str, Decoded] = {}
    for at in range(1, len(before), 2):
        run = before[at]
        if (decoded := known.get(run)) is None:
            decoded = known[run] = decode(run)
        after[at], inside = decoded
        if inside is not None:
            units[at] = inside
    made = "".join(after)
    return (made, Pieces(before, after, units)) if made != text else None


def json(run: str) -> Decoded:
    r"""Decode `\u0040`, surrogate pairs, `\u{40}`, `\x40`, `\U00000040`, `\"` and the like."""
    kind = run[1]
    if kind == "x":
        return _bytes(bytes.fromhex(run.replace("\\x", "")))
    if kind == "U" or run[2:3] == "{":
        return _character(run, int(run[2:].strip("{}"), 16))
    if kind == "u":
        return _utf16(bytes.fromhex(run.replace("\\u", "")))
    return run[1::2].translate(_SIMPLE), Units(2, 2)


def percent(run: str) -> Decoded:
    """Decode `%40` and `%u0040`."""
    if run[1] == "u":
        return _utf16(bytes.fromhex(run.replace("%u", "")))
    data = bytes.fromhex(run.replace("%", ""))
    text = data.decode()
    return text, Units(3, 3, 1, None if len(text) == len(data) else utf8_offsets(text))


def html(run: str) -> Decoded:
    """Decode `&#64;`, `&#x40;`, these without semicolon, and `&commat;`."""
    if run[1] != "#":
        text = html5.get(run[1:])
        return (text, None) if text else (run, SAME)
    opening = "&#x" if run[2] in "xX" else "&#"
    parts = run.rstrip(";").lower()[len(opening) :].split(";" + opening)
    codes = [int(part, 16) for part in parts] if len(opening) == 3 else list(map(int, parts))
    text = "".join(map(chr if max(codes) < 0x80 else _shown, codes))
    lengths = (len(part) + len(opening) + 1 for part in parts)
    return text, Units(offsets=list(accumulate(lengths, initial=0)))


def _bytes(data: bytes) -> Decoded:
    r"""The characters of `\x` escapes: bytes of UTF-8, else code points."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text, Units(4, 4, 1, None if len(text) == len(data) else utf8_offsets(text))


def _utf16(data: bytes) -> Decoded:
    text = data.decode("utf-16-be", "surrogatepass")
    plain = 2 * len(text) == len(data)
    return text, Units(6, 6) if plain else Units(6, 6, 2, utf16_offsets(text))


def _character(run: str, code: int) -> Decoded:
    return (chr(code), None) if _is_character(code) else (run, SAME)


def _shown(code: int) -> str:
    """What HTML shows for a number: 128 to 159 are Windows's, what is no character is �."""
    if 0x80 <= code < 0xA0:
        return bytes([code]).decode("cp1252", "replace")
    return chr(code) if _is_character(code) else "\ufffd"


def _is_character(code: int) -> bool:
    return 0 <= code < 0xD800 or 0xE000 <= code < 0x110000
