"""How many tokens a text has, without the tokenizer of the model that will read it.

docs/signals.md has the errors that were measured, by kind of text and tokenizer.  Whoever has
the model's own tokenizer should count with it and give `request.tokens`.
"""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase, digits, punctuation

# In tenths of a token, chosen between the counts of five tokenizers.
_PIECE, _LONG, _DIGIT, _SIGN, _BREAK, _FOREIGN = 10, 6, 10, 8, 5, 5
_TOKEN = 10

_LOWER, _UPPER = ascii_lowercase.encode(), ascii_uppercase.encode()
_SHAPES = bytes(
    ord("A") if code in _UPPER else ord("a") if code in _LOWER else ord(" ") for code in range(256)
)
_BLANKS, _LAST = b" \t\n\r", 127
_CONTROLS = bytes(code for code in (*range(32), _LAST) if code not in _BLANKS)
_DIGITS, _SIGNS = digits.encode(), punctuation.encode() + _CONTROLS
_FOREIGNERS = bytes(range(128, 256))


def estimate(text: str) -> int:
    """About how many tokens a text has: neither an upper nor a lower bound.

    Added up are, rounded up at the end: 1 for each piece of a word (a run of ASCII letters, cut
    where a capital follows a small letter), and 0.6 for each seven letters in a row; 1 for each
    digit; 0.8 for each other sign that is no blank; 0.5 for each line break that no other
    follows, for each three blanks in a row, and for each byte of UTF-8 that is not ASCII.
    """
    raw = text.encode("utf-8", "surrogatepass")
    shapes = b" " + raw.translate(_SHAPES)
    pieces = shapes.count(b" a") + shapes.count(b" A") + shapes.count(b"aA")
    tenths = (
        _PIECE * pieces
        + _LONG * shapes.lower().count(b"a" * 7)
        + _DIGIT * _count(raw, _DIGITS)
        + _SIGN * _count(raw, _SIGNS)
        + _BREAK * (raw.count(b"\n") - raw.count(b"\n\n") + raw.count(b"   "))
        + _FOREIGN * _count(raw, _FOREIGNERS)
    )
    return -(-tenths // _TOKEN)


def at_most(text: str) -> int:
    """A bound: no tokenizer that takes the text as it is makes more tokens than it has bytes.

    One more is for the blank that some put in front.  It holds for byte-level BPE, and for
    SentencePiece with bytes to fall back to, as long as they do not rewrite the text first.
    """
    return len(text.encode("utf-8", "surrogatepass")) + 1


def _count(raw: bytes, some: bytes) -> int:
    """How many bytes are among some."""
    return len(raw) - len(raw.translate(None, some))
