"""What every builder needs: dispatch by grammar rule, depth, names, strings, numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, cast

from lark import Token, Tree

from epol.lang import ast
from epol.lang.diagnostics import Diagnostic, define
from epol.lang.lexer import RESERVED
from epol.lang.literals import InexactError, Quantity, format_quantity, parse_number
from epol.lang.source import Source, Span

MAX_DEPTH = 100
Child = Any  # a Lark child: Tree, Token or None; methods know which from the grammar

BAD_ESCAPE = define(
    "bad-escape",
    "a string has an escape that is not in the language",
    'The escapes of a string are `\\"`, `\\\\`, `\\n`, `\\t` and `\\u{…}` with the hexadecimal '
    "number of a Unicode character.",
    bad='rule r { deny because "a\\qb" }',
    good='rule r { deny because "a\\\\qb" }',
)
NUMBER_NOT_EXACT = define(
    "number-not-exact",
    "a number cannot be held exactly by its type",
    "All arithmetic is on scaled 64-bit integers: millionths for numbers and dollars, "
    "microseconds, bytes, whole ints. A literal finer or larger than that is refused, never "
    "rounded.",
    bad="rule r { when task.complexity > 0.0000001 deny }",
    good="rule r { when task.complexity > 0.000001 deny }",
)
RESERVED_NAME = define(
    "reserved-name",
    "a declared name is a word reserved in expressions",
    "`and or not true false in has like found sends count min max below from if any` mean "
    "something inside every expression, so nothing that an expression reads can have such a "
    "name. All other keywords can.",
    bad="let count = request.tokens",
    good="let how_many = request.tokens",
)
PATTERN_FLAG = define(
    "unknown-pattern-flag",
    "a pattern has a flag that does not exist",
    "The flags of a pattern are `i` (caseless), `s` (dot matches newline), `m` (`^` and `$` at "
    "lines) and `u` (Unicode classes), each at most once.",
    bad="label staff.badge\ndetector badge -> staff.badge { match /EMP/x }",
    good="label staff.badge\ndetector badge -> staff.badge { match /EMP/i }",
)
DUPLICATE_ITEM = define(
    "duplicate-item",
    "something that may be said once is said twice",
    "A rule has at most one `on`, `when`, `unless` and `because`; a detector one `score`, "
    "`threshold`, `entropy` and model; a target one value a field; an attribute or signal one "
    "`default`. Join two conditions with `and`, or write two rules.",
    bad="rule r { when net.online when not net.online deny }",
    good="rule r { when net.online and request.tokens > 5 deny }",
)

_ESCAPE = re.compile(r'\\(?:(["\\nt])|u\{([0-9A-Fa-f]{1,6})\}|(.))', re.DOTALL)
_SIMPLE = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}


class TooDeepError(Exception):
    """An expression nests deeper than MAX_DEPTH, at `span`."""

    def __init__(self, span: Span) -> None:
        super().__init__("too deep")
        self.span = span


class BaseBuilder:
    """Builds nodes of `ast`; what is wrong inside one is added to `diagnostics`."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.diagnostics: list[Diagnostic] = []
        self._depth = 0

    # --- helpers ---------------------------------------------------------------------

    def _build(self, tree: Child) -> Any:  # noqa: ANN401 (the node is the rule's)
        """The node of a tree, by the name of its grammar rule."""
        while tree.data == "parenthesis":
            tree = tree.children[0]
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise TooDeepError(self._span(tree))
        method: Callable[[Span, list[Child]], Any] = getattr(self, f"_{tree.data}")
        node = method(self._span(tree), tree.children)
        self._depth -= 1
        return node

    def _all(self, trees: Iterable[Child]) -> tuple[Any, ...]:
        return tuple(self._build(tree) for tree in trees if tree is not None)

    def _optional(self, tree: Child | None) -> Any:  # noqa: ANN401 (the node is the rule's)
        return None if tree is None else self._build(tree)

    def _span(self, tree: Child) -> Span:
        if isinstance(tree, Token):
            return self.source.span(cast(int, tree.start_pos), cast(int, tree.end_pos))
        meta = cast("Tree[Token]", tree).meta
        if meta.empty:
            return self.source.span(0, 0)
        return self.source.span(meta.start_pos, meta.end_pos)

    def _declared(self, tree: Child) -> ast.Name:
        """A name being declared, which must not be a reserved word."""
        name: ast.Name = self._build(tree)
        if name.text in RESERVED:
            self.diagnostics.append(
                RESERVED_NAME.at(name.span, f"`{name.text}` is reserved inside expressions")
            )
        return name

    # --- small things ----------------------------------------------------------------

    def _name(self, span: Span, children: list[Child]) -> ast.Name:
        return ast.Name(span, str(children[0]))

    _label_name = _name

    def _token_name(self, token: Token) -> ast.Name:
        return ast.Name(self._span(token), str(token))

    def _names(self, _: Span, children: list[Child]) -> tuple[ast.Name, ...]:
        return self._all(children)

    _label_names = _strings = _names

    def _string(self, span: Span, children: list[Child]) -> ast.Text:
        raw = str(children[0])[1:-1]
        return ast.Text(span, _ESCAPE.sub(lambda match: self._escape(span, match), raw))

    def _escape(self, span: Span, match: re.Match[str]) -> str:
        simple, code, _ = match.groups()
        if simple:
            return _SIMPLE[simple]
        value = int(code, 16) if code else -1
        if 0 <= value <= 0x10FFFF and not 0xD800 <= value <= 0xDFFF:
            return chr(value)
        start = span.start + 1 + match.start()
        place = self.source.span(start, start + len(match.group()))
        known = '`\\"` `\\\\` `\\n` `\\t` `\\u{…}`'
        message = f"`{match.group()}` is not an escape of the language"
        self.diagnostics.append(BAD_ESCAPE.at(place, message, help=f"the escapes are {known}"))
        return ""

    def _number(self, span: Span, children: list[Child]) -> ast.Number:
        sign, token = children
        number = self._number_of(token)
        return ast.Number(span, str(sign or "") + number.text)

    def _number_of(self, token: Token) -> ast.Number:
        """The node of a NUMBER token; an inexact one is reported and stands as zero of its kind."""
        span, text = self._span(token), str(token)
        try:
            parse_number(text)
        except InexactError as error:
            cure = "use a coarser value, or a finer unit" if "finer" in str(error) else None
            self.diagnostics.append(NUMBER_NOT_EXACT.at(span, str(error), help=cure))
            text = format_quantity(Quantity(error.kind, 0))
        return ast.Number(span, text)

    def _pattern(self, token: Token) -> ast.Pattern:
        span, text = self._span(token), str(token)
        regex, _, flags = text[1:].rpartition("/")
        bad = [flag for i, flag in enumerate(flags) if flag not in "ismu" or flag in flags[:i]]
        if bad:
            place = self.source.span(span.end - len(flags), span.end)
            message = f"`{bad[0]}` is not a flag of a pattern, or stands twice"
            self.diagnostics.append(
                PATTERN_FLAG.at(place, message, help="the flags are `i`, `s`, `m` and `u`")
            )
        return ast.Pattern(span, regex.replace("\\/", "/"), flags)

    def _braces(self, span: Span, children: list[Child]) -> ast.Braces:
        return ast.Braces(span, self._all(children))

    def _members(self, _: Span, children: list[Child]) -> tuple[ast.Name, ...]:
        return tuple(self._declared(child) for child in children if child is not None)

    def _from_roles(self, _: Span, children: list[Child]) -> tuple[ast.Name, ...]:
        return self._all(children)
