"""Write the fold table of the text views: engine/epol/engine/text/views/fold.tsv.

`python tools/fold_table.py CONFUSABLES` writes it; `--check CONFUSABLES` writes nothing and
ends with status 1 if it is not as it would be written. CONFUSABLES is `confusables.json` of
the package confusable_homoglyphs 3.3.1 (MIT), which holds the data of Unicode Technical
Standard 39; install it anywhere to read the file. The rest comes from Python's
`unicodedata`, so another version of Python may write other lines.

Each line of the table is a kind, a range of code points and, for some kinds, a value, all
hexadecimal and separated by tabs:

    to      the range becomes the code points from the value on, one for one
    text    the code point becomes these code points
    drop    the range is deleted
    like    the range looks like the ASCII characters from the value on
    letter  the range is of letters that look like no ASCII character
    mark    the range is of combining marks, which a letter before them carries
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

TABLE = Path(__file__).resolve().parents[1] / "engine/epol/engine/text/views/fold.tsv"

END = 0x110000

# Deleted though their category is not Cf: variation selectors, the grapheme joiner, Hangul
# fillers, the inherent vowels of Khmer, a musical null, and what Unicode reserves for
# characters that are ignored by default (DerivedCoreProperties, Default_Ignorable_Code_Point).
IGNORED = [
    (0x34F, 0x34F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2065, 0x2065),
    (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1D159, 0x1D159),
    (0xE0000, 0xE0FFF),
]  # fmt: skip

SPACES = {0x0B: " ", 0x0C: " ", 0x85: "\n", 0x2028: "\n", 0x2029: "\n", 0x2800: " "}

# Look like a hyphen and are not of category Pd: macron-like letters, bullets, minus signs.
DASHES = {0x2D7, 0x2043, 0x207B, 0x208B, 0x2212, 0x2796}

QUOTES = dict.fromkeys(map(ord, "“”„‟″〝〞"), '"')

# What a homoglyph may stand for: what identifiers, addresses and escapes are made of.
TARGETS = set("@._:/-'\"=+%&#;\\,()") | {chr(n) for n in range(128) if chr(n).isalnum()}

# Scripts whose characters no one takes for Latin, however UTS 39 draws them; a sign in use
# for multiplication stays one.
NEVER_LIKE = re.compile(r"CJK|KATAKANA|HIRAGANA|HANGUL|BOPOMOFO|IDEOGRAPH|MULTIPLICATION SIGN")

# Letters that Unicode doesn't decompose, by their names.
STYLED = re.compile(
    r"(LATIN LETTER SMALL CAPITAL|REGIONAL INDICATOR SYMBOL LETTER"
    r"|NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER) ([A-Z])"
)


# What stands for bytes that are no character; whoever reads on may leave it out.
REPLACEMENT = 0xFFFD


def folded(code: int) -> str | None:
    """What a code point always becomes: itself, other text, or nothing."""
    char = chr(code)
    category = unicodedata.category(char)
    if code in SPACES or 0x20 <= code < 0x7F or char in "\t\n\r":
        return SPACES.get(code, char)
    if category in {"Cc", "Cf", "Cs"} or code == REPLACEMENT or _is_ignored(code):
        return ""
    if category in {"Cn", "Co"}:
        return None
    if (digit := unicodedata.digit(char, None)) is not None:
        return str(digit)
    if category == "Zs":
        return " "
    if category == "Pd" or code in DASHES:
        return "-"
    if code in QUOTES:
        return QUOTES[code]
    if styled := STYLED.fullmatch(unicodedata.name(char, "")):
        capital = "SMALL" not in styled[1]
        return styled[2] if capital else styled[2].lower()
    return compatible(char)


def _is_ignored(code: int) -> bool:
    return any(low <= code <= high for low, high in IGNORED)


def compatible(char: str) -> str:
    """The NFKC form of a character, without that of accents in the air and of Indic letters."""
    text = unicodedata.normalize("NFKC", char)
    canonical = not unicodedata.decomposition(char).startswith("<")
    if text == char or (len(text) > 1 and (canonical or text[0] == " ")):
        return char
    again = (folded(ord(each)) for each in text)
    return "".join(each if each is not None else char for each in again)


def homoglyphs(confusables: Mapping[str, list[dict[str, str]]]) -> dict[int, str]:
    """The ASCII character that each other one looks like, as UTS 39 has it."""
    likes: dict[int, str] = {}
    for source, others in confusables.items():
        if len(source) != 1 or source.isascii() or folded(ord(source)) != source:
            continue
        targets = [each["c"] for each in others if each["c"] in TARGETS]
        if targets and not NEVER_LIKE.search(unicodedata.name(source, "CJK")):
            likes[ord(source)] = _cased(source, targets[0])
    return likes


def _cased(source: str, target: str) -> str:
    """UTS 39 takes l for every upright stroke; a capital is a capital."""
    return "I" if target == "l" and source.isupper() else target


# --- lines ---------------------------------------------------------------------------


def lines(confusables: Mapping[str, list[dict[str, str]]]) -> Iterator[str]:
    """The lines of the table."""
    fold = {code: text for code in range(END) if (text := folded(code)) is not None}
    likes = homoglyphs(confusables)
    yield f"# Unicode {unicodedata.unidata_version}; made by tools/fold_table.py; see NOTICE.md"
    single = {c: ord(t) for c, t in fold.items() if len(t) == 1 and t != chr(c)}
    for low, high, value in _runs(single):
        yield f"to\t{_range(low, high)}\t{value:X}"
    for code, text in fold.items():
        if len(text) > 1:
            signs = (ord(likes.get(ord(each), each)) for each in text)
            yield f"text\t{code:X}\t{' '.join(f'{each:X}' for each in signs)}"
    dropped = {code for code, text in fold.items() if not text}
    for low, high, _ in _runs(dict.fromkeys(dropped, 0), step=0):
        yield f"drop\t{_range(low, high)}"
    for low, high, value in _runs({code: ord(target) for code, target in likes.items()}):
        yield f"like\t{_range(low, high)}\t{value:X}"
    same = [code for code, text in fold.items() if text == chr(code) and code > 0x7F]
    for kind, categories in (("letter", "L"), ("mark", ("Mn", "Me"))):
        members = [c for c in same if unicodedata.category(chr(c)).startswith(categories)]
        if kind == "letter":
            members = [code for code in members if code not in likes]
        for low, high, _ in _runs(dict.fromkeys(members, 0), step=0):
            yield f"{kind}\t{_range(low, high)}"


def _runs(values: Mapping[int, int], step: int = 1) -> Iterator[tuple[int, int, int]]:
    """Ranges whose values grow by `step` with the code points."""
    codes = sorted(values)
    cuts = [0]
    for at, (one, two) in enumerate(pairwise(codes), 1):
        if two != one + 1 or values[two] != values[one] + step:
            cuts.append(at)
    for low, high in pairwise([*cuts, len(codes)]):
        yield codes[low], codes[high - 1], values[codes[low]]


def _range(low: int, high: int) -> str:
    return f"{low:X}" if low == high else f"{low:X}-{high:X}"


def main(arguments: list[str]) -> int:
    """Write the table, or say whether it is stale."""
    check = arguments[:1] == ["--check"]
    if len(arguments) != 1 + check:
        print("usage: python tools/fold_table.py [--check] CONFUSABLES", file=sys.stderr)
        return 2
    confusables = json.loads(Path(arguments[-1]).read_text(encoding="utf-8"))
    text = "".join(f"{line}\n" for line in lines(confusables))
    if not check:
        TABLE.write_text(text, encoding="ascii")
        return 0
    if stale := TABLE.read_text(encoding="ascii") != text:
        print("fold.tsv is stale", file=sys.stderr)
    return int(stale)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
