"""Patterns as far as they can be judged without the scanner."""

from __future__ import annotations

from epol.compiler.patterns.errors import PatternError
from epol.compiler.patterns.known import known
from epol.compiler.patterns.limits import MAX_PATTERN
from epol.compiler.patterns.parse import parse
from epol.compiler.patterns.width import width
from epol.compiler.resolve.scope import Scope
from epol.lang import ast
from epol.lang.diagnostics import define
from epol.lang.source import Span

PATTERN_INVALID = define(
    "pattern-invalid",
    "a pattern is not a regular expression",
    "The text between the slashes is a regular expression in Hyperscan's subset of PCRE.",
    bad="label staff.badge\ndetector badge -> staff.badge { match /EMP-(\\d{6}/ }",
    good="label staff.badge\ndetector badge -> staff.badge { match /EMP-(\\d{6})/ }",
)
PATTERN_UNSUPPORTED = define(
    "pattern-unsupported",
    "a pattern uses a construct that the scanner does not have",
    "The scanner runs all patterns at once in time linear in the text, so it has no look-around, "
    "back-references, recursion, atomic groups, possessive quantifiers or conditionals, no "
    "repeat of more than 1,000, and no `\\b` with the flag `u`. `left not CLASS` and "
    "`right not CLASS` take the place of look-around and of that `\\b`; `check` and `near` of the "
    "rest.",
    bad="label staff.badge\ndetector badge -> staff.badge { match /(?<!\\d)EMP-\\d{6}/ }",
    good="label staff.badge\ndetector badge -> staff.badge { match /EMP-\\d{6}/ left not digit }",
)
PATTERN_MATCHES_EMPTY = define(
    "pattern-matches-empty",
    "a pattern matches the empty string",
    "A pattern that matches nothing at all would match everywhere. Require at least one character.",
    bad="label staff.badge\ndetector badge -> staff.badge { match /\\d*/ }",
    good="label staff.badge\ndetector badge -> staff.badge { match /\\d+/ }",
)


def check_pattern(scope: Scope, node: ast.Pattern) -> None:
    """Report what is wrong with a pattern, if anything."""
    if known(node.regex, node.flags) is not None:
        return
    if len(node.regex) > MAX_PATTERN:
        message = f"a pattern may have {MAX_PATTERN:,} characters"
        scope.report(PATTERN_INVALID, node.span, message, help="split it into several")
        return
    try:
        shape = parse(node.regex, node.flags)
    except PatternError as error:
        definition = PATTERN_INVALID if error.kind == "invalid" else PATTERN_UNSUPPORTED
        place = place_within(node, error.start, error.end)
        scope.report(definition, place, error.message, help=error.help)
        return
    if width(shape)[0] == 0:
        message = "this pattern matches the empty string, and so would match everywhere"
        cure = "use `+` or `{1,…}` where `*` stands"
        scope.report(PATTERN_MATCHES_EMPTY, node.span, message, help=cure)


def place_within(node: ast.Pattern, start: int, end: int) -> Span:
    r"""The source of a part of a pattern, by offsets into its regular expression.

    In the source a slash takes two characters, `\/`, and in the regular expression one; an
    empty part stands for the character at which it is.
    """
    source = node.span.source
    first = node.span.start + len("/")
    left = first + start + node.regex.count("/", 0, start)
    inside = max(end, start + 1)
    right = first + inside + node.regex.count("/", 0, inside)
    return source.span(left, min(right, node.span.end))
