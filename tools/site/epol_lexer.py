"""The colours of epol: a lexer for Pygments.

It takes its words from the language's own lexer.  Where the language asks the parser (whether a
word is a keyword, and whether `/` begins a pattern), this one guesses: a word with a dot is a name,
and a pattern begins with no white space.
"""

from __future__ import annotations

from typing import ClassVar

from pygments.lexer import RegexLexer, bygroups, words  # pyright: ignore[reportUnknownVariableType]
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Whitespace

from epol.lang.builtins import PLACES, TREATMENTS
from epol.lang.lexer import KEYWORDS

__all__ = ["EpolLexer"]  # Pygments reads it

_CONSTANTS = ("true", "false", "none", "unknown", "any", *PLACES)
_DECLARING = (
    "policy", "module", "target", "rule", "label", "detector", "param", "attr", "signal",
    "field", "let", "prove", "class",
)  # fmt: skip
_OPERATORS = ("and", "or", "not", "in", "has", "like")
_NAME = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)"


class EpolLexer(RegexLexer):
    """Policies and modules."""

    name = "epol"
    aliases = ("epol",)
    filenames = ("*.epol",)
    url = ""
    version_added = ""

    tokens: ClassVar = {
        "root": [
            (r"\s+", Whitespace),
            (r"#[^\n]*", Comment.Single),
            (r'"(?:[^"\\\n]|\\[^\n])*"?', String),
            (r"/(?![\s/])(?:[^/\\\n]|\\[^\n])*/[a-z]*", String.Regex),
            (
                rf"({'|'.join(_DECLARING)})(\s+)({_NAME}*)(?=[\s:{{]|$)",
                bygroups(Keyword.Declaration, Whitespace, Name.Class),
            ),
            (rf"{_NAME}+", Name),
            (words(_CONSTANTS, suffix=r"\b"), Keyword.Constant),
            (words(_OPERATORS, suffix=r"\b"), Operator.Word),
            (words(tuple(TREATMENTS), suffix=r"\b"), Name.Builtin),
            (words(tuple(KEYWORDS), suffix=r"\b"), Keyword),
            (r"[A-Za-z_]\w*", Name),
            (r"\$?\d[\d_]*(?:\.\d[\d_]*)?(?:%|[A-Za-z_]\w*)?", Number),
            (r"->|\.\.|[=!<>]=|[=<>+\-*/]", Operator),
            (r"[{}(),:]", Punctuation),
        ]
    }
