"""Tokens.  Longest match always; whether a word is a keyword, and whether `/` begins
a pattern or divides, is asked of the parser (keywords are contextual, language.md §2).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lark import Token

from epol.lang.diagnostics import Definition, Diagnostic, define
from epol.lang.literals import InexactError, LiteralError, parse_number
from epol.lang.source import Source

Accepts = Callable[[str], bool]
"""Whether the parser can take a terminal next."""

# A word may be several terminals; the first that the parser can take is meant.
KEYWORDS: dict[str, tuple[str, ...]] = (
    {
        word: (f"_{word.upper()}",)
        for word in (
            "policy version language module import with param attr signal field let default "
            "stale after from model similarity cost words under by detector near within "
            "adds threshold entropy check stopwords example counterexample class target "
            "price out per env rule on when unless because deny only block hold except "
            "tools tag last prove never always served chooses same as test text expect "
            "unknown route blocked fired order or and not in has like if found sends below"
        ).split()
    }
    | {
        "label": ("_LABEL",),
        "match": ("_MATCH", "TEXT_FUNCTION"),
        "count": ("TEXT_FUNCTION", "_COUNT"),
        "density": ("TEXT_FUNCTION",),
        "enum": ("ENUM",),
        "set": ("_SET", "SET"),
        "score": ("SCORE", "_SCORE"),
        "keep": ("_KEEP", "KEEP"),
        "prefer": ("PREFERENCE",),
        "avoid": ("PREFERENCE",),
        "cap": ("CAP",),
        "none": ("NONE",),
        "nocase": ("NOCASE",),
        "left": ("SIDE",),
        "right": ("SIDE",),
        "url": ("ENDPOINT",),
        "key": ("ENDPOINT",),
        "raising": ("DIRECTION",),
        "lowering": ("DIRECTION",),
        "true": ("TRUE",),
        "false": ("FALSE",),
        "any": ("ANY",),
        "min": ("EXTREME",),
        "max": ("EXTREME",),
    }
    | dict.fromkeys(("redact", "mask", "generalize", "tokenize", "hash", "drop"), ("TREATMENT",))
)

RESERVED = frozenset(
    "and or not true false in has like found sends count min max below from if any".split()
)
"""Words that cannot be the name of anything read in an expression."""

PUNCTUATION = {
    "->": "_ARROW", "..": "_DOTDOT", "==": "COMPARE", "!=": "COMPARE", "<=": "COMPARE",
    ">=": "COMPARE", "<": "COMPARE", ">": "COMPARE", "=": "_EQUAL", "{": "_LBRACE",
    "}": "_RBRACE", "(": "_LPAREN", ")": "_RPAREN", ",": "_COMMA", ":": "_COLON",
    "+": "PLUS", "-": "MINUS", "*": "STAR", "/": "SLASH",
}  # fmt: skip

MAX_NAME = 200
BYTE_ORDER_MARK = "\ufeff"
"""Some editors begin a file with it; there it means nothing."""

HIDDEN = re.compile("[\0\u202a-\u202e\u2066-\u2069]")
"""NUL, and the controls that make text read otherwise than it is written (bidi overrides)."""

_SPACE = re.compile(r"[ \t\r\n]*")
# A lone carriage return ends a comment, as it ends a line in many an editor.
_COMMENT = re.compile(r"#[^\n\r\0]*")
_CONTROL = re.compile(r"[\0-\x08\x0b-\x1f\x7f]")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*\Z")
_NUMBER = re.compile(r"\$?\d(?:[\d_]*)(?:\.\d[\d_]*)?(?:%|[A-Za-z_][A-Za-z0-9_]*)?")
_STRING = re.compile(r'"(?:[^"\\\n]|\\[^\n])*(")?')
_REGEX = re.compile(r"/(?:[^/\\\n]|\\[^\n])*(?:(/)([A-Za-z]*))?")
_PUNCTUATION = re.compile(r"->|\.\.|[=!<>]=|[=<>{}(),:+\-*/]")

INVALID_CHARACTER = define(
    "invalid-character",
    "a character that no token begins with",
    "A policy is made of names, numbers, strings, patterns, comments and the punctuation of "
    "the grammar. Any other character, NUL and other control characters included, is refused "
    "so that nothing invisible can change what a policy means.",
    bad="rule r { when request.tokens > 5; deny }",
    good="rule r { when request.tokens > 5 deny }",
)
UNTERMINATED_STRING = define(
    "unterminated-string",
    "a string has no closing quote on its line",
    'A string begins and ends with `"` on one line. Write `\\n` for a line break and `\\"` for '
    "a quote inside it.",
    bad='rule r { deny because "45 CFR }',
    good='rule r { deny because "45 CFR" }',
)
UNTERMINATED_PATTERN = define(
    "unterminated-pattern",
    "a pattern has no closing slash on its line",
    "A pattern begins and ends with `/` on one line; a slash inside it is written `\\/`.",
    bad="label staff.badge\ndetector badge -> staff.badge { match /EMP-\\d{6} }",
    good="label staff.badge\ndetector badge -> staff.badge { match /EMP-\\d{6}/ }",
)
NAME_INVALID = define(
    "name-invalid",
    "a name has a character that names cannot have",
    "Names are lower case: a letter, then letters, digits and `_`, joined by dots into "
    "qualified names, 200 characters at most. Only the classes of a token-classification model "
    "may be upper case.",
    bad="attr caller.Department : string",
    good="attr caller.department : string",
)

BAD_NUMBER = define(
    "bad-number",
    "a number has a unit or form that is not in the language",
    "A number may be followed directly by its unit only: `k` and `M` for counts, `%`, "
    "`us ms s m h d` for durations, `B kB MB GB TB KiB MiB GiB TiB` for sizes; money begins "
    "with `$`.",
    bad="rule r { when request.tokens > 8K deny }",
    good="rule r { when request.tokens > 8k deny }",
)


class LexError(Exception):
    """Text that is no token.  `diagnostic` says why, `end` where to go on."""

    def __init__(self, diagnostic: Diagnostic, end: int) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic
        self.end = end


@dataclass(frozen=True)
class Comment:
    """A `#` comment, its text without the line break."""

    start: int
    text: str


def skip(source: Source, at: int) -> tuple[int, list[Comment]]:
    """The offset of the next token from `at`, and the comments passed on the way."""
    comments: list[Comment] = []
    if at == 0 and source.text.startswith(BYTE_ORDER_MARK):
        at = 1
    while True:
        at = _end(_SPACE, source.text, at)
        if not source.text.startswith("#", at):
            return at, comments
        end = _end(_COMMENT, source.text, at)
        comments.append(Comment(at, source.text[at:end].rstrip()))
        at = end


def next_token(source: Source, at: int, accepts: Accepts) -> Token:
    """The token at `at`, which is not at a space, a comment or the end.

    Raises `LexError` where no token begins, or one is malformed.
    """
    char = source.text[at]
    if char.isascii() and (char.isalpha() or char == "_"):
        return _word(source, at, accepts)
    if char.isascii() and (char.isdigit() or char == "$"):
        return _number(source, at)
    if char == '"':
        return _delimited(source, "STRING", _STRING, UNTERMINATED_STRING, at)
    if char == "/" and accepts("REGEX"):
        return _delimited(source, "REGEX", _REGEX, UNTERMINATED_PATTERN, at)
    match = _PUNCTUATION.match(source.text, at)
    if match is None:
        raise _lex_error(source, INVALID_CHARACTER, at, at + 1, _describe(char))
    return _token(source, PUNCTUATION[match.group()], at, match.end())


def _word(source: Source, at: int, accepts: Accepts) -> Token:
    end = _end(_WORD, source.text, at)
    word = source.text[at:end]
    kinds = KEYWORDS.get(word, ())
    for kind in kinds:
        if accepts(kind):
            return _token(source, kind, at, end)
    if accepts("CLASS_NAME") and "." not in word:
        return _token(source, "CLASS_NAME", at, end)
    if len(word) > MAX_NAME:
        message = f"this name has more than {MAX_NAME} characters"
        raise _lex_error(source, NAME_INVALID, at, end, message)
    if not _NAME.match(word):
        message = f"`{word[:60]}` is not a name: names are lower case letters, digits and `_`"
        raise _lex_error(source, NAME_INVALID, at, end, message)
    kind = kinds[0] if kinds and not accepts("NAME") else "NAME"
    return _token(source, kind, at, end)


def _number(source: Source, at: int) -> Token:
    end = _end(_NUMBER, source.text, at)
    end = max(end, at + 1)
    try:
        parse_number(source.text[at:end])
    except InexactError:
        pass  # reported where the literal is built: the text after it still parses
    except LiteralError as error:
        cure = "a space must follow a number and its unit"
        diagnostic = BAD_NUMBER.at(source.span(at, end), str(error), help=cure)
        raise LexError(diagnostic, end) from None
    return _token(source, "NUMBER", at, end)


def _delimited(
    source: Source, kind: str, shape: re.Pattern[str], definition: Definition, at: int
) -> Token:
    match = shape.match(source.text, at)
    if match is None or match.group(1) is None:
        end = source.text.find("\n", at)
        end = len(source.text) if end < 0 else end
        raise _lex_error(source, definition, at, end, definition.summary)
    control = _CONTROL.search(source.text, at, match.end())
    if control is not None:
        message = _describe(control.group())
        raise _lex_error(source, INVALID_CHARACTER, control.start(), control.end(), message)
    return _token(source, kind, at, match.end())


def _describe(char: str) -> str:
    if char.isprintable():
        return f"`{char}` begins nothing in the language"
    return f"the control or invisible character U+{ord(char):04X} is not allowed here"


def _lex_error(
    source: Source, definition: Definition, start: int, end: int, message: str
) -> LexError:
    return LexError(definition.at(source.span(start, max(end, start + 1)), message), end)


def _token(source: Source, kind: str, start: int, end: int) -> Token:
    return Token(kind, source.text[start:end], start_pos=start, end_pos=end)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at
