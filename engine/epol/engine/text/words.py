"""What counts as a digit, a letter or a part of a word beside a match.

A word is a run of such characters in scripts that put spaces between words.  In Chinese,
Japanese, Thai and the like, and where particles are glued to a number (Korean), what
stands beside a number says nothing, and must not hide it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

_SPACED = ((0x0000, 0x058F), (0x10A0, 0x10FF), (0x1C80, 0x1CBF), (0x1E00, 0x1FFF))
"""Latin, Greek, Cyrillic, Armenian, Georgian, by block (Unicode, Blocks.txt)."""


def is_digit(character: str) -> bool:
    """A decimal digit of any script."""
    return character.isdecimal()


def is_letter(character: str) -> bool:
    """A letter of a script that puts spaces between words."""
    return character.isalpha() and any(low <= ord(character) <= high for low, high in _SPACED)


def is_word(character: str) -> bool:
    """A digit, such a letter, or `_`."""
    return character == "_" or character.isdecimal() or is_letter(character)


CLASSES: dict[str, Callable[[str], bool]] = {
    "digit": is_digit,
    "letter": is_letter,
    "word": is_word,
    "space": str.isspace,
}
"""What `left not …` and `right not …` name."""


@lru_cache(maxsize=4096)
def is_any(names: tuple[str, ...], character: str) -> bool:
    """Whether a character is of one of some `CLASSES`."""
    return any(CLASSES[name](character) for name in names)


@lru_cache(maxsize=256)
def ascii_of(names: tuple[str, ...]) -> frozenset[str]:
    """The ASCII characters that are of one of some `CLASSES`."""
    return frozenset(each for each in map(chr, range(128)) if is_any(names, each))


def is_inside_word(text: str, at: int) -> bool:
    """Whether a place cuts a word in two."""
    return 0 < at < len(text) and is_any(_WORD, text[at - 1]) and is_any(_WORD, text[at])


def count_words(text: str) -> int:
    """How many words a text has: runs of letters, digits and `_` of any script."""
    return sum(1 for _ in _WORDS.finditer(text))


def words_touched(text: str, spans: Iterable[tuple[int, int]]) -> int:
    """How many of these words share a character with some of the spans."""
    touched = 0
    ordered = sorted(spans)
    at, reached = 0, 0
    for match in _WORDS.finditer(text):
        while at < len(ordered) and ordered[at][0] < match.end():
            reached = max(reached, ordered[at][1])
            at += 1
        touched += reached > match.start()
    return touched


_WORD = ("word",)
_WORDS = re.compile(r"\w+")
