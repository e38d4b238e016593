"""Escapes of strings, flags of patterns, numbers in the tree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.lang import ast
from epol.lang.printing import string
from tests.lang.reading import declaration, errors, expression, read


def value(literal: str) -> str:
    """The value of a string literal."""
    node = expression(literal)
    assert isinstance(node, ast.Text)
    return node.value


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        (r'"\""', '"'),
        (r'"\\"', "\\"),
        (r'"\n"', "\n"),
        (r'"\t"', "\t"),
        (r'"\u{41}"', "A"),
        (r'"\u{10FFFF}"', "\U0010ffff"),
        (r'"\u{0}"', "\0"),
        (r'"\\n"', "\\n"),
        (r'"\\\""', '\\"'),
    ],
)
def test_an_escape_stands_for_its_character(literal: str, expected: str) -> None:
    assert value(literal) == expected


@pytest.mark.parametrize(
    "escape",
    [r"\q", r"\u", r"\u{}", r"\u{110000}", r"\u{D800}", r"\u{dfff}", r"\u{1234567}"],
)
def test_any_other_escape_is_pointed_at(escape: str) -> None:
    name, place = errors(f'let x = "ab{escape}"')[0]
    assert name == "bad-escape"
    assert escape.startswith(place)
    assert place.startswith("\\")


@given(st.text(st.characters(codec="utf-8")))
def test_every_string_is_written_and_read_back(text: str) -> None:
    assert value(string(text)) == text


def pattern(literal: str) -> ast.Pattern:
    """The node of a pattern literal."""
    node = declaration(f"detector d -> l {{ match {literal} }}")
    assert isinstance(node, ast.Detector)
    item = node.items[0]
    assert isinstance(item, ast.Match)
    return item.pattern


def test_a_pattern_keeps_its_escapes_but_for_the_slash() -> None:
    node = pattern(r"/a\/b\\d\d/ismu")
    assert (node.regex, node.flags) == (r"a/b\\d\d", "ismu")


def test_an_empty_pattern_is_a_pattern() -> None:
    assert pattern("//").regex == ""


@pytest.mark.parametrize(("flags", "bad"), [("x", "x"), ("ii", "i"), ("ig", "g"), ("I", "I")])
def test_a_flag_that_does_not_exist_or_stands_twice_is_pointed_at(flags: str, bad: str) -> None:
    [diagnostic] = read(f"detector d -> l {{ match /a/{flags} }}").diagnostics
    assert (diagnostic.name, diagnostic.span.text) == ("unknown-pattern-flag", flags)
    assert f"`{bad}`" in diagnostic.message


def test_a_sign_belongs_to_the_literal_behind_it() -> None:
    assert expression("-5ms") == expression("- 5ms")
    minus = expression("-5ms")
    assert isinstance(minus, ast.Number)
    assert minus.text == "-5ms"
    assert errors("let x = -a")[0][0] == "syntax-error"
    assert errors("let x = --5")[0][0] == "syntax-error"


def test_a_number_that_is_not_exact_says_how_to_cure_it() -> None:
    [finer] = read("let x = 0.0000001").diagnostics
    [larger] = read("let x = 99999999999999999999").diagnostics
    assert finer.help == "use a coarser value, or a finer unit"
    assert larger.help is None
