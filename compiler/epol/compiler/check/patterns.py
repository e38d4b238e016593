"""Patterns as far as they can be judged without the scanner.

The language's patterns are the Hyperscan subset.  Python's own parser of regular
expressions tells the shape of one; what the subset lacks is named with its cure.
"""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, cast

from epol.compiler.resolve.scope import Scope
from epol.lang import ast
from epol.lang.diagnostics import define

MAX_PATTERN = 4096

shapes: Any = importlib.import_module("re._parser")  # Python's own, without types

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
    "back-references, atomic groups, possessive quantifiers or conditionals. `left not CLASS` "
    "and `right not CLASS` take the place of look-around; `check` and `near` of the rest.",
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

_LOOK = "look-around"
_CURES = {
    "ASSERT": (_LOOK, "use `left not CLASS` or `right not CLASS`"),
    "ASSERT_NOT": (_LOOK, "use `left not CLASS` or `right not CLASS`"),
    "GROUPREF": ("a back-reference", "write out what repeats, or check it with a validator"),
    "GROUPREF_EXISTS": ("a conditional group", "write two patterns"),
    "ATOMIC_GROUP": ("an atomic group", "use a plain group `(?:…)`"),
    "POSSESSIVE_REPEAT": ("a possessive quantifier", "use the plain quantifier"),
}


# What Python refuses for its structure; the rest (`\\p{L}`, `\\h`, inline flags …) is a matter
# of dialect, on which only the scanner's own compiler can judge.
_STRUCTURAL = (
    "unterminated",
    "unbalanced",
    "nothing to repeat",
    "multiple repeat",
    "min repeat greater",
    "bad character range",
    "missing",
)


_FOREIGN = re.compile(
    r"""\\[^1-9kgGKCXR]                    # other escapes, a backslash included
    |(?P<reference>\\[1-9]|\\[kg]|\(\?P=)
    |(?P<recursion>\(\?(?:R|&|P>|[+-]?\d))
    |(?P<conditional>\(\?\()
    |(?P<reset>\(\?\|)
    |(?P<escape>\\[GKCXR])
    """,
    re.VERBOSE | re.DOTALL,
)
_FOREIGN_CURES = {
    "reference": _CURES["GROUPREF"],
    "recursion": ("recursion", "write out as many levels as are needed"),
    "conditional": _CURES["GROUPREF_EXISTS"],
    "reset": ("a branch reset", "use a plain group `(?:…)`"),
    "escape": ("this escape", "write out the characters that are meant"),
}


def _foreign(regex: str) -> tuple[str, str] | None:
    """The first construct that the scanner lacks and Python may not even know."""
    for match in _FOREIGN.finditer(regex):
        if match.lastgroup is not None:
            return _FOREIGN_CURES[match.lastgroup]
    return None


def check_pattern(scope: Scope, node: ast.Pattern) -> None:
    """Report what is wrong with a pattern, if anything."""
    if len(node.regex) > MAX_PATTERN:
        message = f"a pattern may have {MAX_PATTERN:,} characters"
        scope.report(PATTERN_INVALID, node.span, message, help="split it into several")
        return
    foreign = _foreign(node.regex)
    if foreign is not None:
        message = f"the scanner does not support {foreign[0]}"
        scope.report(PATTERN_UNSUPPORTED, node.span, message, help=foreign[1])
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            shape = shapes.parse(_named_groups(node.regex))
    except (re.error, OverflowError, RecursionError) as error:
        if any(text in str(error) for text in _STRUCTURAL):
            message = f"this is not a regular expression: {error}"
            scope.report(PATTERN_INVALID, node.span, message)
        return
    for construct, cure in _unsupported(shape):
        message = f"the scanner does not support {construct}"
        scope.report(PATTERN_UNSUPPORTED, node.span, message, help=cure)
        return
    if shape.getwidth()[0] == 0:
        message = "this pattern matches the empty string, and so would match everywhere"
        scope.report(
            PATTERN_MATCHES_EMPTY, node.span, message, help="use `+` or `{1,…}` where `*` stands"
        )


def _named_groups(regex: str) -> str:
    """PCRE's `(?<name>…)` as Python writes it."""
    return re.sub(r"\(\?<(?=[A-Za-z_])", "(?P<", regex)


def _unsupported(shape: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 (untyped module)
    for code, argument in shape:
        name = str(code)
        if name in _CURES:
            yield _CURES[name]
        for inner in _inside(argument):
            yield from _unsupported(inner)


def _inside(argument: Any) -> Iterator[Any]:  # noqa: ANN401
    if isinstance(argument, shapes.SubPattern):
        yield argument
    elif isinstance(argument, (tuple, list)):
        for part in cast("Sequence[Any]", argument):
            yield from _inside(part)
