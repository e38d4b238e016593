"""What the tests of the language share: reading a text in one call."""

from epol.lang import ast
from epol.lang.parser import Parsed, parse
from epol.lang.source import Source


def read(text: str) -> Parsed:
    """A text, parsed."""
    return parse(Source("t.epol", text))


def declarations(text: str) -> tuple[ast.Declaration, ...]:
    """The declarations of a text that has no errors."""
    parsed = read(text)
    assert not parsed.diagnostics, [d.message for d in parsed.diagnostics]
    return parsed.file.declarations


def declaration(text: str) -> ast.Declaration:
    """The one declaration of a text that has no errors."""
    [node] = declarations(text)
    return node


def expression(text: str) -> ast.Expr:
    """An expression, by way of a let."""
    node = declaration(f"let x = {text}")
    assert isinstance(node, ast.Let)
    return node.value


def errors(text: str) -> list[tuple[str, str]]:
    """Name of each diagnostic, and the text it points at."""
    return [(d.name, d.span.text) for d in read(text).diagnostics]
