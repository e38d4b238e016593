"""Short words for nodes of the tree, of which only what they say is compared."""

from epol.lang import ast
from epol.lang.source import Source

SPAN = Source("", "").span(0, 0)


def name(text: str) -> ast.Name:
    """A name."""
    return ast.Name(SPAN, text)


def ref(text: str) -> ast.Reference:
    """A reference."""
    return ast.Reference(SPAN, text)


def num(text: str) -> ast.Number:
    """A number."""
    return ast.Number(SPAN, text)


def text(value: str) -> ast.Text:
    """A string."""
    return ast.Text(SPAN, value)


A, B, C, D = ref("a"), ref("b"), ref("c"), ref("d")
LABEL = name("phi.mrn")
USER, TOOL = name("user"), name("tool")
ONE = num("1")
