"""Text to syntax tree.

`parse` drives Lark's LALR tables one token at a time, so that the lexer can ask what
the parser accepts, and so that after an error it can go on at the next declaration:
one run reports every syntax error of a file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, cast

from lark import Token, Tree

from epol.lang import ast
from epol.lang.build import Builder
from epol.lang.diagnostics import Diagnostic, define, did_you_mean
from epol.lang.lalr import Automaton, UnexpectedToken, refused
from epol.lang.lexer import (
    HIDDEN,
    INVALID_CHARACTER,
    KEYWORDS,
    PUNCTUATION,
    Comment,
    LexError,
    next_token,
    skip,
)
from epol.lang.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_SOURCE_BYTES = 1024 * 1024
MAX_PARENTHESES = 100
MAX_STACK = 1500
"""The parser's stack for that many parentheses, and for a chain of `not`."""
MAX_SYNTAX_ERRORS = 50

_STARTERS = "policy|module|import|param|attr|signal|field|let|label|detector|target|rule|prove|test"
_DECLARATION = re.compile(rf"^[ \t]*(?:{_STARTERS})[ \t]", re.MULTILINE)
_BROKEN_NAME = re.compile(
    r"^[ \t]*(?:policy|module|param|attr|signal|field|let|label|detector|target|rule|prove)"
    r"[ \t]+([a-z][a-z0-9_.]*)",
    re.MULTILINE,
)

SYNTAX_ERROR = define(
    "syntax-error",
    "the text does not follow the grammar",
    "The parser met something that cannot stand where it stands; the message names what could. "
    "It then goes on at the next declaration, so one run shows every such place.",
    bad="rule r { when request.tokens > > 5 deny }",
    good="rule r { when request.tokens > 5 deny }",
)
NESTING_TOO_DEEP = define(
    "nesting-too-deep",
    "an expression is nested deeper than the limit",
    "Expressions may nest 100 levels deep, `let`s included. Name the inner parts with `let`, "
    "or flatten chains of `not` and parentheses.",
    bad="let a = " + "not " * 120 + "net.online",
    good="let a = not net.online",
)
SOURCE_TOO_LARGE = define(
    "source-too-large",
    "a file is larger than a policy may be",
    "A policy file may hold 1 MiB. Split it into modules and import them.",
    bad="# " + "x" * (MAX_SOURCE_BYTES + 1),
    good="# a policy of a reasonable size",
)


@dataclass(frozen=True)
class Parsed:
    """A file's tree, what was wrong, its comments, and the names declared in broken text."""

    file: ast.File
    diagnostics: tuple[Diagnostic, ...]
    comments: tuple[Comment, ...]
    broken_names: frozenset[str]


def parse(source: Source) -> Parsed:
    """Read a file.  Never raises: whatever is wrong is in `diagnostics`."""
    if len(source.text.encode("utf-8", "surrogatepass")) > MAX_SOURCE_BYTES:
        error = SOURCE_TOO_LARGE.at(source.span(0, 0), "this file is larger than 1 MiB")
        return Parsed(ast.File(source, ()), (error,), (), frozenset())
    run = _Run(source)
    run.parse_all()
    run.check_hidden()
    file = ast.File(source, tuple(run.builder.declarations))
    diagnostics = tuple(run.diagnostics + run.builder.diagnostics)
    return Parsed(file, diagnostics, tuple(run.comments), frozenset(run.broken_names))


def parse_part(source: Source, start: int, end: int) -> Parsed | None:
    """Read whole declarations between two offsets; None if anything is wrong in the file there.

    Nor may anything be in it that may stand nowhere, or be more of it than may be.
    """
    if len(source.text.encode("utf-8", "surrogatepass")) > MAX_SOURCE_BYTES:
        return None
    run = _Run(source, end)
    run.parse_from(start)
    run.check_hidden()
    if run.diagnostics or run.builder.diagnostics:
        return None
    comments = tuple(each for each in run.comments if each.start < end)
    return Parsed(ast.File(source, tuple(run.builder.declarations)), (), comments, frozenset())


class _Run:
    """One reading of one file, up to an offset (None: all of it)."""

    def __init__(self, source: Source, end: int | None = None) -> None:
        self.source = source
        self._end = len(source.text) if end is None else end
        self.builder = Builder(source, NESTING_TOO_DEEP)
        self.diagnostics: list[Diagnostic] = []
        self.comments: list[Comment] = []
        self.broken_names: set[str] = set()

    def parse_all(self) -> None:
        """Parse to the end, beginning anew after each error."""
        at = 0
        while at < self._end and len(self.diagnostics) < MAX_SYNTAX_ERRORS:
            at = self.parse_from(at)

    def check_hidden(self) -> None:
        """NUL and what reorders text may stand nowhere, not even in a comment or a string."""
        reported = {diagnostic.span.start for diagnostic in self.diagnostics}
        hidden = [m for m in HIDDEN.finditer(self.source.text) if m.start() not in reported]
        for match in hidden[:MAX_SYNTAX_ERRORS]:
            message = f"U+{ord(match.group()):04X} is not allowed in a policy"
            cure = f"in a string, write `\\u{{{ord(match.group()):x}}}`"
            span = self.source.span(match.start(), match.end())
            self.diagnostics.append(INVALID_CHARACTER.at(span, message, help=cure))

    def parse_from(self, start: int) -> int:
        """Parse from an offset; give the offset at which to go on after an error."""
        parser = Automaton()
        at, depth = start, 0
        try:
            while True:
                at, comments = skip(self.source, at)
                self.comments.extend(comments)
                if at >= self._end:
                    break
                token = next_token(self.source, at, parser.accepts)
                depth = self._check_depth(token, depth, parser)
                parser.feed(token)
                at = cast(int, token.end_pos)
            tree = parser.finish(at)
        except (UnexpectedToken, LexError) as error:
            return self._recover(parser, error, start, at)
        self.builder.add(_declarations([tree]))
        return at

    def _check_depth(self, token: Token, depth: int, parser: Automaton) -> int:
        depth += {"_LPAREN": 1, "_RPAREN": -1}.get(token.type, 0)
        if depth > MAX_PARENTHESES or parser.depth > MAX_STACK:
            start = cast(int, token.start_pos)
            message = f"this nests deeper than {MAX_PARENTHESES} levels here"
            diagnostic = NESTING_TOO_DEEP.at(self.source.span(start, start + 1), message)
            raise LexError(diagnostic, start + 1)
        return depth

    def _recover(
        self, parser: Automaton, error: UnexpectedToken | LexError, start: int, at: int
    ) -> int:
        expected = _expected(parser) if isinstance(error, UnexpectedToken) else []
        self.diagnostics.append(
            error.diagnostic
            if isinstance(error, LexError)
            else _syntax_error(self.source, refused(error), expected)
        )
        complete = _declarations(parser.built())
        self.builder.add(complete)
        broken_from = max((tree.meta.end_pos for tree in complete), default=start)
        next_start = _DECLARATION.search(self.source.text, max(at, broken_from + 1))
        end = next_start.start() if next_start else len(self.source.text)
        self._keep_comments(at, end)
        broken = self.source.text[broken_from:end]
        self.broken_names.update(_BROKEN_NAME.findall(broken))
        return end

    def _keep_comments(self, start: int, end: int) -> None:
        """Waivers in broken text still count, so its comment lines are kept."""
        for match in re.finditer(r"^[ \t]*(#[^\n]*)", self.source.text[start:end], re.MULTILINE):
            self.comments.append(Comment(start + match.start(1), match.group(1).rstrip()))


def _declarations(values: Iterable[object]) -> list[Tree[Token]]:
    """The trees of complete declarations among the parser's values, in order."""
    found: list[Tree[Token]] = []
    for value in values:
        if isinstance(value, Tree):
            tree = cast("Tree[Token]", value)
            if tree.data == "file" or str(tree.data).startswith("__file_"):
                found += _declarations(tree.children)
            elif str(tree.data) in DECLARATION_RULES:
                found.append(tree)
    return found


DECLARATION_RULES = frozenset({*_STARTERS.split("|"), "import_"})


def _expected(parser: Automaton) -> list[str]:
    """What could have stood at the error, as a person would say it."""
    return sorted({word for kind in parser.expected() for word in _spellings().get(kind, ())})


@cache
def _spellings() -> dict[str, list[str]]:
    spellings: dict[str, list[str]] = {
        "NAME": ["a name"],
        "NUMBER": ["a number"],
        "STRING": ["a string"],
        "REGEX": ["a pattern"],
        "CLASS_NAME": ["a class name"],
        "$END": ["the end of the file"],
    }
    for word, kinds in KEYWORDS.items():
        for kind in kinds:
            spellings.setdefault(kind, []).append(f"`{word}`")
    for mark, kind in PUNCTUATION.items():
        spellings.setdefault(kind, []).append(f"`{mark}`")
    return spellings


_FEW = 6


def _syntax_error(source: Source, token: Token, expected: list[str]) -> Diagnostic:
    start, end = cast(int, token.start_pos), cast(int, token.end_pos)
    at_end = token.type == "$END"
    found = "the end of the file" if at_end else f"`{_clip(str(token))}`"
    if len(expected) == 1:
        wanted = f": expected {expected[0]}"
    elif 1 < len(expected) <= _FEW:
        wanted = f": expected {', '.join(expected[:-1])} or {expected[-1]}"
    else:
        wanted = ""
    span = source.span(start, end)
    if at_end:
        last = len(source.text.rstrip())
        span = source.span(max(last - 1, 0), max(last, 1))
    return SYNTAX_ERROR.at(
        span, f"{found} cannot stand here{wanted}", help=_syntax_help(source, token, expected)
    )


def _clip(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"


def _syntax_help(source: Source, token: Token, expected: list[str]) -> str | None:
    start = cast(int, token.start_pos)
    before = source.text[max(start - 1, 0) : start]
    if token.type == "MINUS" and before.isalnum():
        return "names join words with `_`, not `-`; subtraction needs values on both sides"
    if token.type == "NAME":
        words = [word.strip("`") for word in expected if word.startswith("`")]
        suggestion = did_you_mean(str(token), words)
        if suggestion:
            return suggestion
    if token.type == "$END":
        return "a `}` or `)` may be missing"
    if token.type == "_EQUAL" and "`==`" in expected:
        return "equality is written `==`"
    if len(expected) > _FEW:
        shown = [word for word in expected if word.startswith("`")] or expected
        return "possible here: " + ", ".join(shown[:24]) + (" …" if len(shown) > 24 else "")
    return None
